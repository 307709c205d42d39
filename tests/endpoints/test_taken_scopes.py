"""A scope that is taken from a client is taken from what the client holds: one matrix of what was taken, and where what
is left of it shows. What is given back works again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import introspect, opens_userinfo, refresh
from tests.endpoints.test_id_tokens import EMAIL, PROFILE, read
from tests.support.builders import change_clients, protect, register, save_code
from tests.support.endpoints import exchange, tokens_of
from tests.support.messages import FORM_TYPE, TOKEN, USERINFO, Registered, basic, bearer
from tokens.issuer import WRITTEN_AS
from tokens.protocol.records import ClaimsRequest, TokenFormat
from tokens.stores import store

ORDERS, STOCK = "https://orders.example/", "https://stock.example/"
RESOURCE = (ORDERS, STOCK)
OF_APIS = ("orders:read", "orders:write", "stock:read")
GRANTED = ("openid", "profile", "offline_access", *OF_APIS)
PERMISSION = (*GRANTED, "email")
"""The client may ask for `email` too: one of its claims was asked for by name, without the scope."""
BY_NAME = ClaimsRequest(userinfo=("email",), id_token=("email",))


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken of the client's scope, and what goes with it."""

    scope: tuple[str, ...]
    audience: tuple[str, ...] = ()
    claims: frozenset[str] = field(default_factory=frozenset)


TAKEN: Mapping[str, Taken] = {
    "nothing": Taken(()),
    "what covers claims": Taken(("profile",), claims=frozenset(PROFILE)),
    "what covers a claim by name": Taken(("email",), claims=frozenset({"email"})),
    "one scope of an API": Taken(("orders:write",)),
    "all scopes of an API": Taken(("stock:read",), (STOCK,)),
    "all scopes of both APIs": Taken(OF_APIS, RESOURCE),
    "openid": Taken(("openid",), (settings.ISSUER,), frozenset(PROFILE | {"email"})),
    "all but one scope of an API": Taken(
        ("openid", "profile", "email", "orders:write", "stock:read"),
        (settings.ISSUER, STOCK),
        frozenset(PROFILE | {"email"}),
    ),
    "offline_access": Taken(("offline_access",)),
}


@dataclass(slots=True)
class World:
    sender: Client
    client: Registered
    api: Registered
    """Who serves orders."""
    code: str
    """Not redeemed yet."""
    kept: dict[str, Any]
    """A token response from before, whose refresh token does not rotate."""
    spent: str
    """A refresh token that was used a moment ago."""

    def take(self, *scope: str) -> None:
        change_clients(self.client.client_id, scope=" ".join(each for each in PERMISSION if each not in scope))


@pytest.fixture(params=WRITTEN_AS)
def world(anybody: Client, alice: User, request: pytest.FixtureRequest) -> World:
    api = register("api", "")
    protect(ORDERS, "orders:read", "orders:write", owner=api, access_token_format=request.param)
    protect(STOCK, "stock:read", access_token_format=request.param)
    client = register("web", rotate_refresh_tokens=True, scope=" ".join(PERMISSION))
    granted: dict[str, Any] = {"scope": GRANTED, "resource": RESOURCE, "claims": BY_NAME}
    code, _ = save_code(client.client_id, str(alice.pk), **granted)
    spent = tokens_of(anybody, client, alice.pk, **granted)["refresh_token"]
    assert refresh(anybody, client, spent).status_code == 200
    return World(anybody, client, api, code, tokens_of(anybody, client, alice.pk, **granted), spent)


def told(world: World, tokens: Mapping[str, Any]) -> dict[str, object]:
    """What the access token is worth, and what is said of the person."""
    worth = introspect(world.sender, world.client, tokens["access_token"]).json()
    audience = worth.get("aud", ())
    userinfo = world.sender.get(USERINFO, headers=bearer(tokens["access_token"])).json()
    return {
        "scope": set(worth.get("scope", "").split()),
        "audience": {audience} if isinstance(audience, str) else set(audience),
        "userinfo": set(userinfo) & (PROFILE | EMAIL),
    }


def left(taken: Taken) -> dict[str, object]:
    return {
        "scope": set(GRANTED) - set(taken.scope),
        "audience": {*RESOURCE, settings.ISSUER} - set(taken.audience),
        "userinfo": (PROFILE | {"email"}) - taken.claims,
    }


ISSUED: Mapping[str, Callable[[World], Any]] = {
    "an open code": lambda world: exchange(world.sender, world.client, world.code),
    "a refresh": lambda world: refresh(world.sender, world.client, world.kept["refresh_token"]),
    "a retry of a refresh": lambda world: refresh(world.sender, world.client, world.spent),
}


@pytest.mark.covers("S28 scope", "GHSA-895x")
@pytest.mark.parametrize("where", ISSUED)
@pytest.mark.parametrize("what", TAKEN)
def test_what_is_issued_is_what_was_allowed_and_the_client_may_have_now(world: World, what: str, where: str) -> None:
    taken = TAKEN[what]
    world.take(*taken.scope)
    answer = ISSUED[where](world)
    if what == "offline_access" and where != "an open code":
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        return
    tokens = answer.json()
    assert answer.status_code == 200, tokens
    assert set(tokens["scope"].split()) == set(GRANTED) - set(taken.scope)
    assert ("id_token" in tokens) is ("openid" not in taken.scope)
    if "id_token" in tokens:
        assert read(tokens["id_token"], "RS256").keys() & (PROFILE | EMAIL) == (PROFILE | {"email"}) - taken.claims
    assert told(world, tokens) == left(taken)
    assert ("refresh_token" in tokens) is (what != "offline_access")


@pytest.mark.covers("S28 scope", "S36 inactive")
@pytest.mark.parametrize("what", TAKEN)
def test_an_access_token_from_before_opens_no_more_than_the_client_may_have_now(world: World, what: str) -> None:
    world.take(*TAKEN[what].scope)
    assert told(world, world.kept) == left(TAKEN[what])
    for_the_api = introspect(world.sender, world.api, world.kept["access_token"]).json()
    assert for_the_api["active"] is (ORDERS not in TAKEN[what].audience)
    if for_the_api["active"]:
        assert set(for_the_api["scope"].split()) == set(GRANTED) - set(TAKEN[what].scope)


@pytest.mark.covers("GHSA-895x")
@pytest.mark.parametrize("what", TAKEN)
def test_a_refresh_token_from_before_is_worth_what_is_left(world: World, what: str) -> None:
    world.take(*TAKEN[what].scope)
    said = introspect(world.sender, world.client, world.kept["refresh_token"]).json()
    assert said["active"] is (what != "offline_access")
    if said["active"]:
        assert set(said["scope"].split()) == set(GRANTED) - set(TAKEN[what].scope)


def test_where_all_is_taken_nothing_works_and_where_it_is_given_back_all_does(world: World) -> None:
    world.take(*PERMISSION)
    assert told(world, world.kept) == {"scope": set(), "audience": set(), "userinfo": set()}
    assert not opens_userinfo(world.sender, world.kept["access_token"])
    assert introspect(world.sender, world.client, world.kept["refresh_token"]).json() == {"active": False}
    for ask in ISSUED.values():
        answer = ask(world)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    world.take()
    assert told(world, world.kept) == left(TAKEN["nothing"])
    for ask in ISSUED.values():
        assert told(world, ask(world).json()) == left(TAKEN["nothing"])


@pytest.mark.covers("S28 scope")
@pytest.mark.parametrize("scope", [(STOCK,), (ORDERS,)])
@pytest.mark.parametrize("where", ["an open code", "a refresh"])
def test_a_resource_that_was_taken_is_refused_where_it_is_named(
    world: World, where: str, scope: tuple[str, ...]
) -> None:
    world.take(*(each for each in OF_APIS if each.partition(":")[0] in scope[0]))
    ask = {
        "an open code": lambda: exchange(world.sender, world.client, world.code, resource=scope[0]),
        "a refresh": lambda: refresh(world.sender, world.client, world.kept["refresh_token"], resource=scope[0]),
    }
    assert ask[where]().json()["error"] == "invalid_target"


def test_another_scope_of_the_same_api_does_not_stand_in_for_the_one_that_was_granted(
    anybody: Client, alice: User
) -> None:
    protect(ORDERS, "orders:read", "orders:write")
    client = register("web", scope="openid orders:read orders:write")
    tokens = tokens_of(anybody, client, alice.pk, scope=("openid", "orders:read"), resource=(ORDERS,))
    change_clients(client.client_id, scope="openid orders:write")
    answer = refresh(anybody, client, tokens["refresh_token"]).json()
    assert (answer["scope"], introspect(anybody, client, answer["access_token"]).json()["aud"]) == (
        "openid",
        settings.ISSUER,
    )
    assert refresh(anybody, client, tokens["refresh_token"], resource=ORDERS).json()["error"] == "invalid_target"


@pytest.mark.covers("S31")
def test_a_code_whose_client_may_not_have_offline_access_any_more_gives_what_ends_with_the_session(
    world: World,
) -> None:
    world.take("offline_access")
    tokens = exchange(world.sender, world.client, world.code).json()
    authorization_id = introspect(world.sender, world.client, tokens["access_token"]).json()["authorization_id"]
    authorization = store().authorizations.of_id(authorization_id)
    assert authorization is not None
    assert not authorization.offline


def test_who_may_not_refresh_any_more_has_no_refresh_token_that_is_active(world: World) -> None:
    change_clients(world.client.client_id, grant_types=["authorization_code"])
    assert introspect(world.sender, world.client, world.kept["refresh_token"]).json() == {"active": False}
    assert introspect(world.sender, world.client, world.kept["access_token"]).json()["active"] is True


# --- A client's own tokens


@pytest.mark.covers("S28 scope", "S36 inactive", "CVE-2023-0091")
@pytest.mark.parametrize("token_format", WRITTEN_AS)
@pytest.mark.parametrize(
    ("taken", "names", "audience"),
    [
        ((), {"orders:read", "orders:write", "stock:read"}, set(RESOURCE)),
        (("orders:write",), {"orders:read", "stock:read"}, set(RESOURCE)),
        (("stock:read",), {"orders:read", "orders:write"}, {ORDERS}),
        (("orders:read", "orders:write"), {"stock:read"}, {STOCK}),
        (OF_APIS, set(), set()),
    ],
)
def test_a_clients_own_token_opens_no_more_than_it_may_have_now(
    anybody: Client, taken: tuple[str, ...], names: set[str], audience: set[str], token_format: TokenFormat
) -> None:
    api = register("api", "")
    for identifier, scope in ((ORDERS, OF_APIS[:2]), (STOCK, OF_APIS[2:])):
        protect(identifier, *scope, owner=api, access_token_format=token_format)
    client = register("machine", "", scope=" ".join(OF_APIS))
    asked = f"grant_type=client_credentials&scope={'+'.join(OF_APIS)}&resource={ORDERS}&resource={STOCK}"
    own = basic(client.client_id, client.client_secret)
    token = anybody.post(TOKEN, asked, content_type=FORM_TYPE, headers=own).json()["access_token"]
    change_clients(client.client_id, scope=" ".join(each for each in OF_APIS if each not in taken))
    for asks in (client, api):
        worth = introspect(anybody, asks, token).json()
        assert worth["active"] is bool(names)
        told = worth.get("aud", ())
        assert set(worth.get("scope", "").split()) == names
        assert ({told} if isinstance(told, str) else set(told)) == audience
