"""Sign-ins: what the store of them must do, and how one ends. A session of a browser only points to its sign-in."""

import functools
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from django.db import transaction
from django.utils.module_loading import import_string

from accounts.conf import conf
from accounts.ground import clock
from accounts.sessions import methods
from accounts.signals import session_ended, subject_changed

if TYPE_CHECKING:
    from accounts.models import LoginSession, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """What a person proved, and when (OpenID Connect Core §2: auth_time, acr, amr)."""

    auth_time: datetime
    methods: tuple[str, ...]
    """Names of `methods.METHODS`; `acr` and `amr` follow from them."""
    acr: str
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What is known of a sign-in when it happens."""

    authentication: Authentication
    device: str
    """What the browser calls itself."""
    remembered: bool

    @property
    def is_of_several(self) -> bool:
        return methods.are_several(self.authentication.methods)


@dataclass(frozen=True, slots=True)
class Ended:
    """A sign-in that ended before its time, which is `expires`."""

    sid: str
    subject: str
    expires: datetime


@runtime_checkable
class SignIns(Protocol):
    """Keeps sign-ins. Every verb is atomic, and idempotent where it ends something."""

    def start(self, user: "User", sign_in: SignIn, now: datetime) -> "LoginSession | None":
        """Begins one, and notes at the account when that was; None where the account is gone, or has an authenticator
        app, and the sign-in is of one factor."""

    def renew(self, login: "LoginSession", user: "User", authentication: Authentication) -> bool:
        """Writes what was proved again, and moves the epoch to the user's; False when the sign-in has ended, or the
        account is off, gone, or another than when it was read."""

    def living(self, subject: str, except_sid: str, now: datetime, most: int) -> "list[LoginSession]":
        """By which the subject is signed in, but for one, those that were used last first."""

    def is_of(self, sid: str, subject: str) -> bool:
        """Whether the sign-in is the subject's, over or not."""

    def end(self, sid: str, now: datetime) -> Ended | None:
        """Ends a sign-in; None when there was nothing to end."""

    def end_all(self, subject: str, except_sid: str | None, now: datetime) -> int:
        """Ends the subject's sign-ins, but for one; how many had not ended before."""

    def void_until(self, instant: datetime | None) -> None:
        """Voids every sign-in up to the instant, inclusive, and the links made until then that set a password; None: up
        to now, by the store's clock. The instant never moves back."""


@functools.cache
def sign_ins() -> SignIns:
    """The store that IDP_ACCOUNTS_SIGN_INS names."""
    store: SignIns = import_string(conf().sign_ins)()
    return store


def authentication(auth_time: datetime, used: Collection[str]) -> Authentication:
    """What it proves to have used these methods, under the names of classes in force."""
    return Authentication(
        auth_time=auth_time,
        methods=tuple(used),
        acr=methods.acr(used, conf().acr_values),
        amr=methods.amr(used),
    )


def end(sid: str) -> bool:
    """Ends a sign-in on every node at once; False when it had ended. A receiver's exception leaves it as it was."""
    with transaction.atomic():
        ended = sign_ins().end(sid, clock.now())
        if ended is not None:
            session_ended.send(sender=SignIn, sid=ended.sid, subject=ended.subject, expires=ended.expires)
    return ended is not None


def end_all(user: "User") -> int:
    """Ends every sign-in of the user, and what outlives sessions. How many. As many statements for one as for a
    thousand, beside what clients are told of each: what hangs on any of them is void by the subject."""
    subject = str(user.pk)
    with transaction.atomic():
        # They first, which holds the person's row: a sign-in that begins meanwhile begins after what is void.
        count = sign_ins().end_all(subject, None, clock.now())
        subject_changed.send(sender=SignIn, subject=subject)
    return count


def end_others(user: "User", sid: str) -> int:
    """Ends every other sign-in of a user whose change has made void all from before it. How many."""
    return sign_ins().end_all(str(user.pk), sid, clock.now())


def void_until(instant: datetime | None) -> None:
    """Ends every sign-in up to the instant, or to now, on every node at once; nobody is told. A few statements, however
    many there are."""
    sign_ins().void_until(instant)
