"""Methods of authentication: `amr` and `acr` follow from what was used (OpenID Connect Core §2, RFC 8176)."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from accounts import sessions
from accounts.models import LoginSession, User
from accounts.sessions import methods
from accounts.sessions.engine import SessionStore
from accounts.sessions.methods import Method

CLASSES = ("1", "mfa", "phr")
MADE_UP: Mapping[str, Method] = {
    "password": Method(amr=("pwd",), factors=("knowledge",)),
    "pin": Method(amr=("pin",), factors=("knowledge",)),
    "totp": Method(amr=("otp",), factors=("possession",)),
    "security_key": Method(amr=("hwk", "user"), factors=("possession",), phishing_resistant=True),
    "passkey": Method(amr=("hwk", "user"), factors=("possession", "inherence"), phishing_resistant=True),
}


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "METHODS", MADE_UP)


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("used", "amr", "acr"),
    [
        ((), (), "1"),
        (("password",), ("pwd",), "1"),
        (("password", "pin"), ("pwd", "pin"), "1"),
        (("password", "totp"), ("pwd", "otp", "mfa"), "mfa"),
        (("totp", "password"), ("otp", "pwd", "mfa"), "mfa"),
        (("totp",), ("otp",), "1"),
        # It resists phishing, and still is one factor: as the strongest class it would pass for several.
        (("security_key",), ("hwk", "user"), "1"),
        (("password", "security_key"), ("pwd", "hwk", "user", "mfa"), "phr"),
        (("passkey",), ("hwk", "user", "mfa"), "phr"),
        (("security_key", "passkey"), ("hwk", "user", "mfa"), "phr"),
        (("password", "of another version"), ("pwd",), "1"),
    ],
)
def test_what_was_used_says_how_sure_the_sign_in_is(used: tuple[str, ...], amr: tuple[str, ...], acr: str) -> None:
    assert (methods.amr(used), methods.acr(used, CLASSES)) == (amr, acr)


def test_a_password_is_of_the_weakest_class() -> None:
    assert (methods.amr(["password"]), methods.acr(["password"], CLASSES)) == (("pwd",), "1")


def test_a_passkey_is_of_the_strongest_class_and_claims_no_hardware() -> None:
    assert (methods.amr(["passkey"]), methods.acr(["passkey"], CLASSES)) == (("pop", "user", "mfa"), "phr")
    assert methods.reachable(CLASSES) == sessions.acr_values() == CLASSES


@pytest.mark.parametrize(
    ("names", "offered"),
    [
        (("password", "pin"), ("1",)),
        (("password", "totp"), ("1", "mfa")),
        (("password", "security_key"), ("1", "mfa", "phr")),
        (("passkey",), ("1", "mfa", "phr")),
    ],
)
def test_the_classes_that_are_offered_follow_from_the_table(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], offered: tuple[str, ...]
) -> None:
    monkeypatch.setattr(methods, "METHODS", {name: MADE_UP[name] for name in names})
    assert sessions.acr_values() == offered


@pytest.mark.usefixtures("made_up")
def test_what_is_not_in_the_table_proves_nothing() -> None:
    assert methods.known(["password", "totp", "password", "code"]) == ("password", "totp")


@pytest.mark.usefixtures("made_up")
def test_a_second_factor_at_sign_in_or_later_makes_the_sign_in_stronger(person: User) -> None:
    now = time.time()
    request = _request()
    sessions.start(request, person, ["password", "totp"])
    at_once = sessions.current(request)
    assert at_once is not None
    assert (at_once.acr, at_once.amr) == ("mfa", ("pwd", "otp", "mfa"))
    # By the database's clock, which may be a little off this one.
    assert at_once.auth_time.timestamp() == pytest.approx(now, abs=29)

    request = _request()
    sessions.start(request, person, ["password"])
    first = sessions.current(request)
    assert first is not None
    assert (first.acr, first.amr) == ("1", ("pwd",))
    # Nobody looks at it in between.
    assert sessions.reauthenticated(request, person, "security_key")
    assert sessions.reauthenticated(request, person, "password")
    later = sessions.current(request)
    assert later is not None
    assert (later.sid, later.acr, later.amr) == (first.sid, "phr", ("pwd", "hwk", "user", "mfa"))
    row = LoginSession.objects.get(sid=first.sid)
    assert (row.methods, row.acr, row.amr) == (["password", "security_key"], later.acr, list(later.amr))


def _request() -> Any:
    request: Any = RequestFactory().get("/")
    request.session = SessionStore()
    return request


@pytest.mark.parametrize(
    ("used", "method", "since_start", "since_proof", "now"),
    [
        (("password", "totp"), "password", 24, 24, ("password", "totp")),
        (("password",), "totp", 1, 1, ("password", "totp")),
        # The session is older than one that nobody asked to remember would be.
        (("password", "totp"), "password", 25, 24, ("password",)),
        (("password", "totp"), "password", 25, 0, ("password",)),
        (("password", "totp"), "totp", 25, 24, ("totp",)),
        (("totp",), "password", 25, 0, ("totp", "password")),
        (("totp",), "password", 25, 24, ("password",)),
        (("totp",), "recovery_code", 25, 0, ("recovery_code",)),
        (("password",), "passkey", 25, 24, ("passkey",)),
    ],
)
def test_what_was_proved_counts_for_a_day_and_then_beside_another_factor_of_just_now(
    used: tuple[str, ...], method: str, since_start: int, since_proof: int, now: tuple[str, ...]
) -> None:
    hour = timedelta(hours=1)
    ages = {"since_start": since_start * hour, "since_proof": since_proof * hour}
    assert methods.carried(used, method, **ages, ordinary=24 * hour, together=hour / 6) == now


@pytest.mark.parametrize(
    ("amr", "told"),
    [((), ()), (("pwd",), ("pwd",)), (("pwd", "otp", "mfa"), ("pwd", "otp")), (("pop", "mfa"), ("pop",))],
)
def test_what_lapsed_is_of_the_weakest_class_and_not_of_several_factors(
    amr: tuple[str, ...], told: tuple[str, ...]
) -> None:
    assert methods.lapsed(amr, CLASSES) == ("1", told)
