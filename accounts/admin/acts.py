"""What is done to a person's account without changing who they are: each act is a button on their page and, where it
makes sense for several people at once, an action of the list. Both come by here."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import rights, sessions
from accounts.factors import removal
from accounts.models import User
from accounts.sign_in import guesses

MOST = 1000
"""Rows at once: people are locked while it lasts."""
People = Sequence[User] | QuerySet[User]
Row = TypeVar("Row")


class Refused(PermissionDenied):
    """Nothing was done, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`permission`: who may. `do`: returns how many rows it changed. `told`: what is said of that many. `is_for`: to
    whom it would do something."""

    label: str | Promise
    permission: str
    do: Callable[[User], int]
    told: Callable[[int], str]
    is_for: Callable[[User], bool]
    ends: str | Promise = ""
    """What is said before the button that does it, where nobody can take it back."""


def disable(user: User) -> int:
    return _switch(user, active=False)


def enable(user: User) -> int:
    return _switch(user, active=True)


def _switch(user: User, *, active: bool) -> int:
    if user.is_active == active:
        return 0
    user.is_active = active
    user.save(update_fields=["is_active", "updated_at"])
    return 1


def forgive(user: User) -> int:
    counted = sum(count.failures for count in guesses.counted(str(user.pk)).values())
    for what in guesses.GUESSED:
        guesses.forgive(str(user.pk), what)
    return counted


ACTS: Mapping[str, Act] = {
    "end_sessions": Act(
        label=gettext_lazy("End all sessions"),
        permission="accounts.change_loginsession",
        do=sessions.end_all,
        told=lambda count: ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", count),
        # Also where they have ended: to know that, all would have to be read.
        is_for=lambda user: user.login_sessions.order_by("user", "expires").values_list("pk").first() is not None,
    ),
    "disable": Act(
        label=gettext_lazy("Disable"),
        permission="accounts.disable_user",
        do=disable,
        told=lambda count: ngettext("%(count)d account was disabled.", "%(count)d accounts were disabled.", count),
        is_for=lambda user: user.is_active,
    ),
    "enable": Act(
        label=gettext_lazy("Enable"),
        permission="accounts.disable_user",
        do=enable,
        told=lambda count: ngettext("%(count)d account was enabled.", "%(count)d accounts were enabled.", count),
        is_for=lambda user: not user.is_active,
    ),
    "remove_factors": Act(
        label=gettext_lazy("Remove second factor and passkeys"),
        permission="accounts.remove_factors_user",
        do=removal.remove_all,
        told=lambda count: ngettext(
            "%(count)d second factor or passkey was removed. One is required from now on, and added at the next"
            " sign-in, for which who has no password needs a reset link.",
            "%(count)d second factors and passkeys were removed. One is required from now on, and added at the next"
            " sign-in, for which who has no password needs a reset link.",
            count,
        ),
        is_for=removal.has_any,
        ends=gettext_lazy(
            "The authenticator app, its recovery codes and every passkey are gone for good then, all sessions end, and"
            " the person is told by mail where their address is verified."
        ),
    ),
    "forgive": Act(
        label=gettext_lazy("Forget wrong passwords and codes"),
        permission="accounts.reset_user",
        do=forgive,
        told=lambda count: ngettext(
            "%(count)d wrong password or code was forgotten.",
            "%(count)d wrong passwords and codes were forgotten.",
            count,
        ),
        is_for=lambda user: bool(guesses.counted(str(user.pk))),
    ),
}


def perform(act: Act, actor: User, people: People, log: Callable[[User], object]) -> str:
    """Does it to all of the people or to none; what to tell. `log` notes it for each. Raises Refused."""
    with transaction.atomic():
        held = allowed(actor, people)
        count = sum(act.do(user) for user in held)
        for user in held:
            log(user)
    return act.told(count) % {"count": count}


def allowed(actor: User, people: People) -> list[User]:
    """Those to whom the actor may do something, all of them, locked. Whatever hangs on a person, a session or what a
    client was given for them, is ended by nobody whose rights are less than theirs. Raises Refused."""
    return [user for user in locked(people) if judged(actor, user)]


def may_end(actor: Any, subjects: Collection[UUID]) -> None:
    """`allowed`, for what hangs on people of whom only their subjects are known. Of those who are gone anybody may."""
    allowed(actor, User.objects.filter(pk__in=subjects))


def locked(people: People) -> list[User]:
    """Their rows as they are now, until the transaction ends: nobody is promoted between the judgement and the act. In
    one order, so that two who act on the same people do not wait in a ring. Raises Refused."""
    pks = sorted(user.pk for user in few(people))
    return [user for pk in pks if (user := User.objects.lock(pk)) is not None]


def few(rows: Sequence[Row] | QuerySet[Any, Row]) -> list[Row]:
    """The rows, read once. Raises Refused where they are more than MOST."""
    read = list(rows[: MOST + 1])
    if len(read) > MOST:
        raise Refused(_("Nothing was done: choose at most %(most)d at once.") % {"most": MOST})
    return read


def judged(actor: User, user: User) -> bool:
    """True. Raises Refused."""
    if rights.exceed(user, actor):
        raise Refused(_("Nothing was done: the rights of %(name)s are more than yours.") % {"name": user.username})
    return True
