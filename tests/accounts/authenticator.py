"""A person's authenticator app and recovery codes, for tests of second factors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
import pytest
from django.db import transaction
from django.test import Client

from accounts.factors import recovery, totp
from accounts.ground import clock
from accounts.models import User
from tests.support.people import PASSWORD

LOGIN = "/accounts/login/"


@dataclass(slots=True)
class Hands:
    """Of a clock that stands still until it is moved."""

    now: datetime

    def move(self, by: timedelta) -> None:
        self.now += by


def hold(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands(clock.now())
    monkeypatch.setattr(clock, "now", lambda: hands.now)
    return hands


@dataclass(frozen=True, slots=True)
class App:
    secret: str
    recovery_codes: Sequence[str]

    def code(self, step: int = 0) -> str:
        """What it shows so many steps from now."""
        return pyotp.TOTP(self.secret).at(clock.now(), counter_offset=step)

    def wrong(self) -> str:
        """Six digits that it does not show around now."""
        shown = {self.code(step) for step in range(-3, 4)}
        return next(code for code in ("000000", *(str(number) * 6 for number in range(1, 9))) if code not in shown)


def add_app(user: User) -> App:
    secret = totp.new_secret()
    with transaction.atomic():
        assert totp.add(user, secret, clock.now())
        return App(secret, recovery.renew(user))


def first_step(browser: Client, **form: str) -> str:
    """The address of the page of the second step."""
    led = browser.post(LOGIN, {"login": "alice", "password": PASSWORD, **form})
    assert led.status_code == 303
    where: str = led["Location"]
    assert where.startswith("/accounts/second-step/?sign_in=")
    return where
