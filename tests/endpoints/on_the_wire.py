"""Requests of relying parties with DynamoDB behind them, and hands on the wire between."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import introspect, refresh, revoke
from tests.stores.dynamodb.clock import Clock, real_time
from tests.stores.dynamodb.faults import Wire, wired
from tests.support.builders import protect, register, save_code
from tests.support.endpoints import exchange, post, tokens_of
from tests.support.messages import AUTHORIZE, TOKEN, USERINFO, Registered, authorization_request, basic, bearer
from tokens import keys
from tokens.grants import GRANTS
from tokens.keys import local
from tokens.protocol.records import SigningKey
from tokens.stores import store

API = "urn:opaque"

Ask = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class World:
    """Who asks. `web` keeps its refresh tokens, `rotating` gets a new one each time."""

    sender: Client
    browser: Client
    person: User
    web: Registered
    rotating: Registered
    wire: Wire
    clock: Clock

    def code(self, client: Registered) -> str:
        return save_code(client.client_id, str(self.person.pk))[0]

    def refresh_token(self, client: Registered) -> str:
        token: str = tokens_of(self.sender, client, self.person.pk)["refresh_token"]
        return token

    def access_token(self) -> str:
        token: str = tokens_of(self.sender, self.web, self.person.pk)["access_token"]
        return token

    def opaque(self) -> Ask:
        return self._for_itself(resource=API, scope="read")

    def machine(self) -> Ask:
        return self._for_itself(scope="email")

    def _for_itself(self, **more: str) -> Ask:
        form = {"grant_type": "client_credentials", **more}
        return lambda: post(self.sender, TOKEN, form, basic(self.web.client_id, self.web.client_secret))


@pytest.fixture
def world(
    on_dynamodb: None,
    clock_of_the_store: Clock,
    pairs: list[SigningKey],
    anybody: Client,
    browser: Client,
    alice: User,
) -> Iterator[World]:
    for pair in pairs:
        assert store().keys.add(pair)
    keys._made.cache_clear()
    web, rotating = (
        register(grant_types=list(GRANTS), rotate_refresh_tokens=rotates, skip_consent=True)
        for rotates in (False, True)
    )
    protect(API, "read", caller=web, access_token_format="opaque")
    client = store().codes._state.service._client  # type: ignore[attr-defined]
    with real_time(), _signers_clock_stands(), wired(client, clock_of_the_store.sleep) as wire:
        made = World(anybody, browser, alice, web, rotating, wire, clock_of_the_store)
        made.refresh_token(rotating)  # which reads what a process reads once
        yield made


@contextmanager
def _signers_clock_stands() -> Iterator[None]:
    """Keys are read again after `local.RELOAD` seconds: on a slow machine within a request that is counted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "time", SimpleNamespace(monotonic=lambda: 0.0))
        yield


def _exchanges(world: World) -> Ask:
    code = world.code(world.rotating)
    return lambda: exchange(world.sender, world.rotating, code)


def _rotates(world: World) -> Ask:
    token = world.refresh_token(world.rotating)
    return lambda: refresh(world.sender, world.rotating, token)


def _refreshes(world: World) -> Ask:
    token = world.refresh_token(world.web)
    return lambda: refresh(world.sender, world.web, token)


def _introspects(world: World) -> Ask:
    token = world.access_token()
    return lambda: introspect(world.sender, world.web, token)


def _introspects_machine(world: World) -> Ask:
    token = world.machine()().json()["access_token"]
    return lambda: introspect(world.sender, world.web, token)


def _introspects_opaque(world: World) -> Ask:
    token = world.opaque()().json()["access_token"]
    return lambda: introspect(world.sender, world.web, token)


def _userinfo(world: World) -> Ask:
    token = world.access_token()
    return lambda: world.sender.get(USERINFO, headers=bearer(token))


def _revokes(world: World) -> Ask:
    token = world.refresh_token(world.rotating)
    return lambda: revoke(world.sender, world.rotating, token)


def _revokes_access(world: World) -> Ask:
    token = world.access_token()
    return lambda: revoke(world.sender, world.web, token)


def _authorizes(world: World) -> Ask:
    return lambda: world.browser.get(AUTHORIZE, authorization_request(world.web))


REQUESTS: Mapping[str, Callable[[World], Ask]] = {
    "code": _exchanges,
    "refresh, rotating": _rotates,
    "refresh, not rotating": _refreshes,
    "client_credentials": World.machine,
    "client_credentials, opaque": World.opaque,
    "introspection": _introspects,
    "introspection of a machine's token": _introspects_machine,
    "introspection of an opaque token": _introspects_opaque,
    "userinfo": _userinfo,
    "revocation of a refresh token": _revokes,
    "revocation of an access token": _revokes_access,
    "authorize": _authorizes,
}
