"""Signing keys, a registered client, a person who is signed in, and what is asked of the endpoints in their names."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from idp.node import bulkhead
from tests.endpoints.hot_paths import asks, warm
from tests.endpoints.page_visits import visits
from tests.support import builders
from tests.support.endpoints import tokens_of
from tests.support.fixtures import alice, anybody, browser, down, pairs, signing_keys
from tests.support.messages import Registered
from tokens import endpoint
from tokens.conf import conf
from tokens.protocol.response_modes import RESPONSE_MODES
from tokens.registration import client_keys

__all__ = [
    "alice",
    "anybody",
    "asks",
    "browser",
    "down",
    "pairs",
    "signing_keys",
    "visits",
    "warm",
]  # fixtures that hold here too


@pytest.fixture(autouse=True)
def refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for the refusal of an assertion but the one that is about it."""
    monkeypatch.setattr(client_keys, "REFUSED_AFTER", 0.0)


@pytest.fixture(autouse=True)
def no_keys_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test was told of a client's keys, or still waits for, is not there for the next."""
    monkeypatch.setattr(client_keys, "_kept", OrderedDict())


@pytest.fixture(autouse=True)
def no_turn_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that a test left unanswered is no thread that is stuck a minute later."""
    monkeypatch.setattr(bulkhead, "_held", {})


@pytest.fixture
def web() -> Registered:
    """A confidential client that need not ask for consent, and may be answered in every response mode."""
    return builders.register("web", skip_consent=True, response_modes=[*RESPONSE_MODES])


@pytest.fixture
def token_response(anybody: Client, alice: User, web: Registered) -> dict[str, Any]:
    """A token response for alice with all scopes."""
    return tokens_of(anybody, web, alice.pk, scope=("openid", "profile", "email"))


@pytest.fixture
def token(token_response: dict[str, Any]) -> str:
    access_token: str = token_response["access_token"]
    return access_token


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the one clock reading that every endpoint makes."""

    def stands_at(instant: datetime) -> None:
        monkeypatch.setattr(endpoint, "clock", SimpleNamespace(now=lambda: instant))

    return stands_at


@pytest.fixture
def allow(settings: Any) -> Callable[..., None]:
    """Names the hosts that outbound requests may go to wherever they are."""

    def allowed(*hosts: str) -> None:
        settings.TOKENS = replace(conf(), fetch_allow=hosts)

    return allowed


@pytest.fixture
def public(settings: Any) -> None:
    """Puts the issuer where other people are: only on somebody's own machine may clients be on loopback too."""
    settings.ISSUER = "https://op.example"


@pytest.fixture
def loopback(allow: Callable[..., None]) -> None:
    """Lets 127.0.0.1 be asked, so that what else is wrong comes to light."""
    allow("127.0.0.1")
