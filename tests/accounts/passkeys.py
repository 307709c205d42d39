"""Browsers and passkeys for the tests of them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from accounts.factors.passkeys import assertion, registration
from accounts.ground import clock
from accounts.models import Passkey, User
from tests.support.authenticator import Authenticator
from tests.support.people import PASSWORD


@pytest.fixture
def issuer(settings: Settings) -> None:
    settings.ISSUER = "https://idp.example"


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", "bob@example.org", PASSWORD)


def browser(user: User | None = None, secret: str = "a" * 32) -> HttpRequest:
    """A request of a browser whose forms are known by `secret`."""
    request = RequestFactory().get("/")
    request.META["CSRF_COOKIE"] = secret
    request.user = user or AnonymousUser()
    return request


def enrolled(user: User, authenticator: Authenticator | None = None) -> tuple[Authenticator, Passkey]:
    """A passkey that the person added."""
    made = authenticator or Authenticator()
    request = browser(user)
    return made, registration.add(request, user, made.create(json.loads(registration.offer(request, user))))


def asked(request: HttpRequest) -> dict[str, Any]:
    """The options of a page that asks for a passkey."""
    options: dict[str, Any] = json.loads(assertion.offer(request))
    return options


def refusal(do: Callable[[], object]) -> str:
    """The code by which it is refused."""
    with pytest.raises(ValidationError) as refused:
        do()
    return str(refused.value.code).removeprefix("passkey_")


def sent(answer: str) -> str:
    """The same, of what is sent to a sign-in page."""
    return refusal(lambda: assertion.proved(browser(), answer))


def later(monkeypatch: pytest.MonkeyPatch, time: timedelta) -> None:
    then = clock.now() + time
    monkeypatch.setattr(clock, "now", lambda: then)
