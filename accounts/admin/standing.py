"""Why somebody may not be able to sign in, as far as it can be known from what is kept."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.factors import passkeys, recovery, second
from accounts.models import ResetLink, User
from accounts.sign_in import guesses
from accounts.sign_in.throttled import Known, What, in_words
from accounts.throttles import Count

WHERE: Mapping[Known, Promise] = {
    "stranger": gettext_lazy("in browsers in which the person had not signed in before"),
    "device": gettext_lazy("in browsers in which the person had signed in before"),
    "session": gettext_lazy("where the person is signed in"),
}
"""Who typed them, as far as it can be known."""
WRONG: Mapping[What, Promise] = {
    "password": gettext_lazy("Wrong passwords in a row, %(where)s: %(count)d."),
    "code": gettext_lazy("Wrong codes after the password in a row, %(where)s: %(count)d."),
    "mailed code": gettext_lazy("Wrong codes of those that are mailed in a row, %(where)s: %(count)d."),
}


def standing(user: User, now: datetime) -> list[str]:
    """A sentence for each thing, what stands in the way first."""
    by = _("with the right password") if user.has_usable_password() else _("with a passkey")
    ways = [*_in_the_way(user)] or [_("Nothing stands in the way of a sign-in %(by)s.") % {"by": by}]
    return [*ways, *_known(user, now)]


def _in_the_way(user: User) -> Iterator[str]:
    if not user.is_active:
        yield _("The account is disabled: whoever tries to sign in is refused.")
    if not user.has_usable_password() and not passkeys.has_any(user):
        yield _("The account has no password and no passkey: a reset link leads to choosing a password.")
    for (what, known), count in guesses.counted(str(user.pk)).items():
        yield _wrong(what, known, count)


def _wrong(what: What, known: Known, count: Count) -> str:
    told = str(WRONG[what]) % {"where": WHERE[known], "count": count.failures}
    if not count.wait:
        return told
    return f"{told} {_('The next one is looked at in %(wait)s.') % {'wait': in_words(count.wait)}}"


def _known(user: User, now: datetime) -> Iterator[str]:
    open_until = ResetLink.objects.filter(user=user, expires__gt=now).values_list("expires", flat=True).first()
    if open_until is not None:
        yield _("A reset link was made and not used. It ends at %(end)s.") % {"end": _instant(open_until)}
    if user.last_login is None:
        yield _("Nobody has ever signed in to it.")
    else:
        yield _("Last signed in: %(when)s.") % {"when": _instant(user.last_login)}
    yield from _factors(user)


def _factors(user: User) -> Iterator[str]:
    """What is asked for beside a password, or in its place."""
    if second.is_enrolled(user):
        yield _("A second factor is asked for: an authenticator app, or one of %(left)d recovery codes.") % {
            "left": recovery.left(user)
        }
    elif user.second_factor_required and not passkeys.has_any(user):
        yield _("A second factor is required of the person, who has none: the next sign-in adds one.")
    if count := len(list(passkeys.of(user.pk))):
        yield ngettext("%(count)d passkey signs in, too.", "%(count)d passkeys sign in, too.", count) % {"count": count}


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
