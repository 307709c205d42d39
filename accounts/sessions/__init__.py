"""Sign-ins: start, look at, end. With claims and signals all that `tokens` may know of accounts."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.conf import conf
from accounts.signals import session_ended, subject_changed

if TYPE_CHECKING:
    from accounts.models import LoginSession, User
    from accounts.sessions.engine import SessionStore as Engine

# Where the sign-in form leaves the wish to be remembered until the sign-in is complete.
REMEMBER = "remember"
# RFC 8176 names for allauth's methods.
AMR = {"password": "pwd"}


@dataclass(frozen=True, slots=True)
class Current:
    """Who is signed in, since when, and how surely (OIDC Core §2: auth_time, acr, amr)."""

    sid: str
    subject: str
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    root_at: datetime
    """The instant of the sign-in by the database's clock; reauthentication moves it."""
    expires: datetime
    """When the session ends whatever happens."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What is known of a sign-in when it happens."""

    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    device: str
    remembered: bool


class SessionStore(Protocol):
    """Keeps sign-ins. Every verb is atomic, and idempotent where it ends something."""

    def start(self, user: "User", sign_in: SignIn, now: datetime) -> "LoginSession": ...

    def renew(self, login: "LoginSession", user: "User", auth_time: datetime, amr: Sequence[str]) -> bool:
        """Moves auth_time, and the epoch to the user's; False when the sign-in has ended or the account is off."""

    def end(self, sid: str, now: datetime) -> str | None:
        """Ends a sign-in. Its subject, or None when there was nothing to end."""

    def end_all(self, subject: str, except_sid: str | None, now: datetime) -> list[str]:
        """Ends the subject's sign-ins. The sids of those that had not ended before."""


def start(request: HttpRequest, user: "User", methods: Sequence[Mapping[str, Any]]) -> None:
    """Binds the browser's session to a new sign-in of `user`, made by `methods` (allauth's records)."""
    session = _engine(request)
    previous = session.login
    if previous is not None:
        end(previous.sid)
        session.cycle_key()
    auth_time = max((datetime.fromtimestamp(method["at"], UTC) for method in methods), default=timezone.now())
    sign_in = SignIn(
        auth_time, conf().acr_values[0], _amr(methods), _device(request), bool(session.pop(REMEMBER, False))
    )
    session.login = _store().start(user, sign_in, timezone.now())


def reauthenticated(request: HttpRequest, user: "User", method: str) -> bool:
    """Moves auth_time of the browser's sign-in to now, under a new session key; False when it lives no more."""
    session = _engine(request)
    login = session.login
    if login is None or login.user_id != user.pk:
        return False
    if not _store().renew(login, user, timezone.now(), _amr([{"method": method}], login.amr)):
        return False
    session.cycle_key()
    return True


def current(request: HttpRequest) -> Current | None:
    """Whoever is signed in in this browser. No query beyond the one that every signed-in request makes."""
    login = _engine(request).login
    if login is None:
        return None
    return Current(
        login.sid, str(login.user_id), login.auth_time, login.acr, tuple(login.amr), login.root_at, login.expires
    )


def end(sid: str) -> bool:
    """Ends a sign-in on every node at once; False when it had ended. A receiver's exception leaves it as it was."""
    with transaction.atomic():
        subject = _store().end(sid, timezone.now())
        if subject is not None:
            session_ended.send(sender=Current, sid=sid, subject=subject)
    return subject is not None


def end_all(user: "User", except_sid: str | None = None) -> int:
    """Ends every sign-in of the user, but for one; without exception also what outlives sessions. How many."""
    subject = str(user.pk)
    with transaction.atomic():
        if except_sid is None:
            subject_changed.send(sender=Current, subject=subject)
        ended = _store().end_all(subject, except_sid, timezone.now())
        for sid in ended:
            session_ended.send(sender=Current, sid=sid, subject=subject)
    return len(ended)


def acr_values() -> tuple[str, ...]:
    """The classes that a sign-in can be of: as long as there is no second factor, the weakest alone."""
    return conf().acr_values[:1]


def delete_expired(limit: int) -> int:
    """Deletes up to `limit` expired rows of each table of sign-ins, browser sessions and rate limits. How many."""
    from accounts.sessions.expiry import (
        delete_expired as sweep,
    )  # the tables are not there yet when this module is read

    return sweep(limit)


def lag() -> Mapping[str, float]:
    """For each kind of what `delete_expired` deletes for how many seconds its oldest row could have been deleted."""
    from accounts.sessions.expiry import lag as behind  # likewise

    return behind()


@functools.cache
def _store() -> SessionStore:
    store: SessionStore = import_string(conf().session_store)()
    return store


def _engine(request: HttpRequest) -> "Engine":
    return cast("Engine", request.session)


def _amr(methods: Sequence[Mapping[str, Any]], before: Sequence[str] = ()) -> tuple[str, ...]:
    named = [AMR[method["method"]] for method in methods if method["method"] in AMR]
    return tuple(dict.fromkeys([*before, *named]))


def _device(request: HttpRequest) -> str:
    agent = request.META.get("HTTP_USER_AGENT", "")
    return "".join(letter for letter in agent if letter.isprintable())[:200]
