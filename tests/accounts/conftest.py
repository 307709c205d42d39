"""People, browsers and Redis for the tests of accounts."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.core.cache import caches
from django.dispatch import Signal
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.sessions import cache
from tests.accounts.signed_in import Listen, SignIn, use_redis
from tests.support.people import PASSWORD


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("alice", "Alice@Example.org", PASSWORD, name="Alice Liddell")


@pytest.fixture
def sign_in(person: User) -> SignIn:
    """A browser that went through the sign-in page."""

    def signed_in(identifier: str = "alice", password: str = PASSWORD, **form: Any) -> Client:
        browser = Client()
        answer = browser.post("/accounts/login/", {"login": identifier, "password": password, **form})
        assert answer.status_code == 303, answer.content.decode()
        return browser

    return signed_in


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Connects a receiver for the length of the test."""
    with ExitStack() as connected:

        def connect(signal: Signal, receiver: Callable[..., None]) -> None:
            signal.connect(receiver, weak=False)
            connected.callback(signal.disconnect, receiver)

        yield connect


@pytest.fixture(autouse=True)
def _unbroken_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache._breaker, "_closed", True)
    monkeypatch.setattr(cache._breaker, "_next", 0.0)


@pytest.fixture
def redis(settings: Settings) -> Iterator[Any]:
    """The session cache on the test run's Redis, in a logical database of this worker's own."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    use_redis(settings, f"{os.environ['TEST_REDIS_URL'].rstrip('/')}/{number}")
    cache = caches["sessions"]
    cache.clear()
    yield cache
    cache.clear()
