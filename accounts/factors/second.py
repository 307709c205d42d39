"""The second factor of a person: an app, and codes for who has it not at hand."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from accounts import mail, sessions
from accounts.factors import recovery, totp
from accounts.factors.ending import end_others
from accounts.ground import clock
from accounts.models import AuthenticatorApp, RecoveryCode, User
from accounts.sessions import methods
from accounts.sign_in import guesses

SPEND: Mapping[str, Callable[[User, str, datetime, str], bool]] = {"totp": totp.spend, "recovery_code": recovery.spend}
"""By its name in `sessions.methods`, what judges a text and spends it. They differ in length: none is one of both."""


def is_enrolled(user: User) -> bool:
    return AuthenticatorApp.objects.filter(user=user).exists()


def is_missing(user: User, used: Collection[str]) -> bool:
    """Whether the person has a second factor, and the methods prove one factor only."""
    return not methods.are_several(used) and is_enrolled(user)


def judge(request: HttpRequest, user: User, text: str, by: str = "") -> str | None:
    """The method that the text proves; None where it proves nothing. Never in a transaction: what was taken back would
    not be counted. `by`: what it is spent by (`Once.spend`). Raises Throttled where it is not judged now."""
    with guesses.at_second_factor(request, user) as guess:
        now = clock.now()
        method = next((method for method, spend in SPEND.items() if spend(user, text, now, by)), None)
        if method is not None:
            guess.was_right()
        return method


def enrol(request: HttpRequest, user: User, secret: str) -> Sequence[str] | None:
    """The person's app from now on, and their recovery codes; None where they have one. This session proved it. Raises
    PermissionDenied where something ended it meanwhile."""
    with transaction.atomic():
        _hold(user)
        if not totp.add(user, secret, clock.now()):
            return None
        codes = recovery.renew(user)
        mail.send("factor_added", user, username=user.username, factor="authenticator_app")
        _end_others(request, user, "totp")
    return codes


def remove(request: HttpRequest, user: User, method: str) -> None:
    """The app, and the codes with it. `method`: by which this session proved it. Raises PermissionDenied."""
    with transaction.atomic():
        _hold(user)
        RecoveryCode.objects.filter(user=user).delete()
        AuthenticatorApp.objects.filter(user=user).delete()
        mail.send("factor_removed", user, username=user.username, factor="authenticator_app")
        _end_others(request, user, method)


def renew_codes(user: User) -> Sequence[str]:
    """New recovery codes in place of the others. Raises PermissionDenied."""
    with transaction.atomic():
        _hold(user)
        codes = recovery.renew(user)
        mail.send("factor_added", user, username=user.username, factor="recovery_codes")
    return codes


def _hold(user: User) -> None:
    """The person's row. Raises PermissionDenied where another password, or a switch, ended their sign-in meanwhile."""
    held = User.objects.lock(user.pk)
    if held is None or held.security_epoch != user.security_epoch:
        raise PermissionDenied


def _end_others(request: HttpRequest, user: User, method: str) -> None:
    """Every other sign-in, which began with other factors than are asked from now on (ASVS 7.4.3), also one that begins
    at this moment: it is of an epoch before. This one proved the method."""
    User.objects.filter(pk=user.pk).update(security_epoch=F("security_epoch") + 1)
    user.refresh_from_db(fields=["security_epoch"])
    if not sessions.reauthenticated(request, user, method):
        raise PermissionDenied
    current = sessions.current(request)
    end_others(user, current.sid if current is not None else None)
