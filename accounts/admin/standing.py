"""Why somebody may not be able to sign in, as far as it can be known from what is kept."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import ResetLink, User


def standing(user: User, now: datetime) -> list[str]:
    """A sentence for each thing, what stands in the way first."""
    ways = [*_in_the_way(user)] or [_("Nothing stands in the way of a sign-in with the right password.")]
    return [*ways, *_known(user, now)]


def _in_the_way(user: User) -> Iterator[str]:
    if not user.is_active:
        yield _("The account is disabled: whoever tries to sign in is refused.")
    if not user.has_usable_password():
        yield _("The account has no password: a reset link leads to choosing one.")


def _known(user: User, now: datetime) -> Iterator[str]:
    open_until = ResetLink.objects.filter(user=user, expires__gt=now).values_list("expires", flat=True).first()
    if open_until is not None:
        yield _("A reset link was made and not used. It ends at %(end)s.") % {"end": _instant(open_until)}
    if user.last_login is None:
        yield _("Nobody has ever signed in to it.")
    else:
        yield _("Last signed in: %(when)s.") % {"when": _instant(user.last_login)}


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
