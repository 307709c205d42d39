"""Sessions. With claims and signals all that `tokens` may know of accounts.

A *sign-in* is a row of the database: who signed in, when, how surely, until when. Nothing else decides whether somebody
is signed in. A *session* is what a browser holds: a cookie, and data under the cookie's hash that may point to a
sign-in.

    browser            node                                        database
    cookie ──────────▶ engine ── one row a request ──────────────▶ Session ──▶ LoginSession (the sign-in) ──▶ User
                         │ └──── cache ─▶ Redis, behind a breaker   ▲                ▲
    request.user ◀── middleware   (data only, never a yes)          │                │
                                                                    │                │
    sign-in form ──────────▶ start ─▶ sign_ins ─▶ orm ── locks the person, writes ───┤
    sign_out(request) ─▶ engine.end_login ─▶ sign_ins ─▶ orm ── one UPDATE, a signal ┘
                    └──▶ engine.flush ── deletes what the browser held ──┘
    scheduled work ─▶ sweeps ─▶ expiry

Views sign in by `start`, look by `current` and leave by `sign_out`. Below them `flush` is the net: whichever way Django
drops a session, the sign-in that it carried ends. Files import inwards only: this one, then engine, then sign_ins,
methods, cache, expiry and void; the settings name `orm`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from accounts.conf import conf, issuer_host
from accounts.ground import clock
from accounts.ground.hosts import is_address
from accounts.ground.shown_text import hidden
from accounts.models import LoginSession, Passkey
from accounts.sessions import methods, statements
from accounts.sessions.engine import SessionStore
from accounts.sessions.expiry import delete_expired, lag, sweeps
from accounts.sessions.sign_ins import (
    Authentication,
    SignIn,
    SignIns,
    authentication,
    end,
    end_all,
    end_others,
    sign_ins,
    void_until,
)

if TYPE_CHECKING:
    from accounts.models import User

__all__ = [
    "RECENT",
    "Current",
    "SecondFactorMissing",
    "SignIns",
    "acr_values",
    "age",
    "begun",
    "current",
    "delete_expired",
    "end",
    "end_all",
    "end_others",
    "here",
    "is_of_several",
    "is_over",
    "is_remembered",
    "lacks_second_factor",
    "lag",
    "living",
    "reach",
    "reauthenticated",
    "requires_second_factor",
    "sign_ins",
    "sign_out",
    "start",
    "stays",
    "sweeps",
    "taken_back",
    "void_until",
    "write",
]

DEVICE_LENGTH = 200  # characters
RECENT = timedelta(minutes=10)
"""How long ago people proved who they are, at the most, who change what gives rights or signs somebody in (ASVS 7.5.1,
7.5.3)."""


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
    """When the session ends at the latest."""
    remembered: bool = False
    """Whether it goes on however long nobody uses it."""
    second_factor_required: bool = False
    """Of this person, wherever they go: by the settings, an admin or a group of theirs."""

    @property
    def is_of_several(self) -> bool:
        """Whether more than one factor was proved, and not too long ago. By what was proved, and not by the name of the
        class, which the settings may have called otherwise then."""
        return "mfa" in self.amr

    @property
    def lacks_second_factor(self) -> bool:
        return self.second_factor_required and not self.is_of_several


class SecondFactorMissing(PermissionDenied):
    """The person has a second factor, and proved one factor only: no session begins. That the account was deleted
    meanwhile is not told apart."""


def start(request: HttpRequest, user: "User", used: Sequence[str], *, remembered: bool = False) -> None:
    """Binds the browser's session, under a new key, to a new sign-in of `user`, who is `request.user` from then on.
    `used`: the methods by which they proved it now. Raises SecondFactorMissing where they have to prove more, whichever
    way they came, PermissionDenied where the account was deleted meanwhile, and SessionInterrupted where the sign-in
    was ended before its session was written."""
    write(request, user, used, remembered=remembered)
    begun(request, user)


def write(request: HttpRequest, user: "User", used: Sequence[str], *, remembered: bool = False) -> None:
    """What `start` writes, and raises, in the transaction of a caller who calls `begun` once that is committed."""
    session = _session(request)
    sign_in = SignIn(authentication=authentication(clock.now(), used), device=_device(request), remembered=remembered)
    login = sign_ins().start(user, sign_in, clock.now())
    if login is None and not sign_in.is_of_several:
        raise SecondFactorMissing
    if login is None:
        session.flush()
        raise PermissionDenied
    if session.login is not None and session.login.user_id != user.pk:
        # What it kept for somebody else goes, and their sign-in ends.
        session.flush()
    else:
        session.end_login()
        session.cycle_key()
    session.login = login
    # Now, and not with the answer: in the caller's transaction.
    try:
        session.save()
    except UpdateError:
        raise SessionInterrupted from None


def begun(request: HttpRequest, user: "User") -> None:
    """The request is `user`'s, and the browser has another secret. Not before it is certain that they are signed in: by
    the one from before it goes on with what came to nothing."""
    request.user = user
    rotate_token(request)


def reauthenticated(request: HttpRequest, user: "User", method: str) -> bool:
    """Moves auth_time of the browser's sign-in to now, under a new session key, and adds the method to those that were
    used, as long as they count; False when the sign-in has ended."""

    def proved(login: LoginSession) -> Authentication:
        now = clock.now()
        used = methods.carried(
            login.methods,
            method,
            since_start=now - login.created,
            since_proof=now - login.auth_time,
            # One factor that is proved again keeps up no other one of a session that goes on for weeks.
            ordinary=RECENT if login.is_kept else _ordinary(),
            together=RECENT,
        )
        return authentication(now, used)

    return _renew(request, user, proved)


def stays(request: HttpRequest, user: "User") -> bool:
    """Carries the browser's sign-in over a change of the account that ends what began before, under a new session key;
    what was proved, and when, stays as it was. False when it has ended."""
    return _renew(request, user, lambda login: authentication(login.auth_time, login.methods))


def taken_back(request: HttpRequest) -> None:
    """The browser's session is what it was when the request came, where what was done since was rolled back."""
    request.session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))


def _renew(request: HttpRequest, user: "User", proved: Callable[[LoginSession], Authentication]) -> bool:
    session = _session(request)
    login = session.login
    if login is None or login.user_id != user.pk or not sign_ins().renew(login, user, proved(login)):
        return False
    session.cycle_key()
    return True


def current(request: HttpRequest) -> Current | None:
    """Who is signed in in this browser. No query beyond the one that every signed-in request makes. A remembered
    session is of several factors only as long after they were proved as another one would live."""
    login = _session(request).login
    if login is None:
        return None
    acr, amr = login.acr, tuple(login.amr)
    if login.is_kept and clock.now() - login.auth_time > _ordinary():
        acr, amr = methods.lapsed(amr, conf().acr_values)
    return Current(
        sid=login.sid,
        subject=str(login.user_id),
        auth_time=login.auth_time,
        acr=acr,
        amr=amr,
        root_at=login.root_at,
        expires=login.over_at,
        remembered=login.is_kept,
        second_factor_required=_required_of(login),
    )


def age(request: HttpRequest) -> timedelta:
    """How long ago who is signed in in this browser proved it; of nobody longer than anybody."""
    found = current(request)
    return timedelta.max if found is None else clock.now() - found.auth_time


def is_of_several(request: HttpRequest) -> bool:
    """Whether who is signed in proved more than one factor, and not too long ago."""
    found = current(request)
    return found is not None and found.is_of_several


def is_remembered(request: HttpRequest) -> bool:
    """Whether who is signed in wants to be kept so. It asks the database nothing, also where the sign-in just began."""
    login = _session(request).login
    return login is not None and login.is_kept


def requires_second_factor(request: HttpRequest) -> bool:
    """Whether a second factor is required of who is signed in."""
    found = current(request)
    return found is not None and found.second_factor_required


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether one is required of who is signed in, and they proved one factor, or two too long ago."""
    found = current(request)
    return found is not None and found.lacks_second_factor


def sign_out(request: HttpRequest) -> None:
    """Ends the sign-in of this browser on every node, tells what hangs on it (`session_ended`), and empties the
    browser's session."""
    _session(request).end_login()
    logout(request)


def here(request: HttpRequest) -> LoginSession | None:
    """The sign-in of this browser, whole, for who is to see it."""
    return _session(request).login


def living(subject: str, except_sid: str, most: int) -> list[LoginSession]:
    """By which the person is signed in elsewhere, those that were used last first."""
    return sign_ins().living(subject, except_sid, clock.now(), most)


def is_over(request: HttpRequest) -> bool:
    """Whether the browser holds a session that is over: it was ended elsewhere, or by time. Told once: the answer takes
    the cookie away."""
    session = _session(request)
    held = bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return held and session.login is None and session.session_key is None


def reach(subject: str) -> str:
    """The strongest class that the person can be of by what they have to prove themselves with."""
    has = ["password"]
    if list(statements.app(UUID(subject))):
        has.append("totp")
    if _may_have_passkeys() and Passkey.objects.filter(user_id=UUID(subject)).exists():
        has.append("passkey")
    return methods.acr(has, conf().acr_values)


def acr_values() -> tuple[str, ...]:
    """The classes that a sign-in can be of by the methods that there are, weakest first."""
    used = methods.METHODS if _may_have_passkeys() else set(methods.METHODS) - {"passkey"}
    return methods.reachable(conf().acr_values, used)


def _may_have_passkeys() -> bool:
    """Browsers have none for an address (accounts.factors.passkeys.relying_party)."""
    return not is_address(issuer_host())


def _required_of(login: LoginSession) -> bool:
    by_setting = conf().requires_second_factor
    return by_setting or login.user.second_factor_required or login.group_requires


def _ordinary() -> timedelta:
    """How long a session lives at the most that is not remembered."""
    return timedelta(seconds=conf().session_absolute)


def _session(request: HttpRequest) -> SessionStore:
    return cast(SessionStore, request.session)


def _device(request: HttpRequest) -> str:
    agent = request.META.get("HTTP_USER_AGENT", "")
    return "".join(letter for letter in agent if letter.isprintable() and not hidden(letter))[:DEVICE_LENGTH]
