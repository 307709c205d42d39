"""An API elsewhere: what it may believe by itself, and what it is told when it asks."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from joserfc.errors import JoseError
from pytest_django.live_server_helper import LiveServer

from tests.resource_server import cases, remote
from tests.resource_server.cases import Sent
from tests.resource_server.world import World, changed
from tests.support.builders import protect, register
from tests.support.endpoints import tokens_of
from tests.support.messages import bearer


@pytest.fixture
def jwks(anybody: Client) -> Any:
    """Where the metadata say that it is."""
    metadata = anybody.get("/.well-known/openid-configuration").json()
    return anybody.get(urlsplit(metadata["jwks_uri"]).path).json()


@pytest.mark.covers("S39 typ", "S39 aud", "S39 iss")
@pytest.mark.parametrize("audience", [remote.API, [remote.ISSUER, remote.API]])
def test_it_verifies_a_token_by_the_published_keys(world: World, jwks: Any, audience: Any) -> None:
    found = remote.claims_of(changed(world.held["access_token"], aud=audience), jwks)
    assert (found["sub"], found["client_id"]) == (str(world.alice.pk), world.client.client_id)


@pytest.mark.covers(
    "S28 audience", "S39 typ", "S39 aud", "S39 iss", "S40 alg", "S40 none", "S40 HS", "S42 exp", "CVE-2022-3102"
)
@pytest.mark.parametrize(
    "case",
    [
        cases._person,
        cases._with(aud="https://api.example"),
        cases._with(aud=[]),
        cases._with(aud=remote.API, iss="https://evil.example"),
        cases._with(aud=remote.API, exp=1),
        *(cases.INVALID_TOKEN[name] for name in cases.INVALID_TOKEN if "garbage" in name or "sign" in name),
        lambda world: Sent(bearer(world.held["id_token"])),
        lambda world: Sent(bearer(world.held["refresh_token"])),
    ],
)
def test_it_refuses_what_is_not_meant_for_it(world: World, jwks: Any, case: cases.Case) -> None:
    token = case(world).headers["Authorization"].removeprefix("Bearer ")
    with pytest.raises((JoseError, ValueError)):
        remote.claims_of(token, jwks)


@pytest.mark.covers("S39 ID token", "S39 access token", "CVE-2022-3102")
def test_an_id_token_is_refused_though_all_its_claims_would_do(
    world: World, jwks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ID token's `aud` is a client's id, and a client may be called like an API: only `typ` tells them apart."""
    monkeypatch.setattr(remote, "API", world.client.client_id)
    held = tokens_of(Client(), world.client, world.alice.pk, scope=("openid",))
    with pytest.raises(ValueError, match="no access token"):
        remote.claims_of(held["id_token"], jwks)


def test_by_itself_it_believes_a_revoked_token_until_its_exp(world: World, jwks: Any) -> None:
    """Decision 10, and docs/resource-servers.md says so."""
    token = changed(world.held["access_token"], aud=remote.API)
    cases._revoke(world)
    assert remote.claims_of(token, jwks)["sub"] == str(world.alice.pk)


@pytest.mark.covers("S35 introspect", "S36 inactive")
def test_who_asks_learns_of_a_revocation_at_once(live_server: LiveServer, world: World) -> None:
    api = register("api", "")
    protect(remote.API, "songs", owner=api, caller=world.client)
    held = tokens_of(Client(), world.client, world.alice.pk, scope=("songs",), resource=(remote.API,))
    token = held["access_token"]

    def ask(about: str) -> Any:
        return remote.introspect(about, f"{live_server.url}/oauth2/introspect", api.client_id, api.client_secret)

    response = ask(token)
    assert (response["sub"], response["aud"], response["scope"]) == (str(world.alice.pk), remote.API, "songs")
    assert ask(world.held["access_token"]) is None  # meant for the provider
    assert ask(world.held["id_token"]) is None
    cases._revoke(world)
    assert ask(token) is None
