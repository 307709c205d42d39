"""Every token of ours at every place that reads one: each is good only where its kind belongs (RFC 8725 §3.12)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.test import Client, RequestFactory

from accounts.models import User
from tests.endpoints.lifecycle import END_SESSION, introspect, opens_userinfo, refresh, revoke
from tests.support import builders
from tests.support.assertions import assertion_form
from tests.support.builders import change_clients, change_resources, protect
from tests.support.endpoints import exchange, location, post, tokens_of
from tests.support.held import voided
from tests.support.messages import AUTHORIZE, TOKEN, USERINFO, authorization_request, bearer
from tokens.keys import signer
from tokens.protocol import logout_token
from tokens.protocol.records import Resource
from tokens.registration import resources
from tokens.resource_server import protected_resource
from tokens.stores import store

API = "https://api.example/"
ISSUER = "http://localhost:8000"


class World:
    def __init__(self, anybody: Client, browser: Client, alice: User) -> None:
        self.anybody, self.browser, self.alice = anybody, browser, alice
        self.client = builders.register("web", userinfo_signed_response_alg="RS256", rotate_refresh_tokens=True)
        protect(API, "read", caller=self.client)
        self.tokens = self._tokens()

    def _tokens(self, **more: Any) -> dict[str, Any]:
        return tokens_of(self.anybody, self.client, self.alice.pk, **more)

    def access_token(self, scope: str = "openid read", resource: tuple[str, ...] = (API,), **columns: str) -> str:
        change_resources(API, **columns)
        token: str = self._tokens(scope=tuple(scope.split()), resource=resource)["access_token"]
        return token

    def signed_userinfo(self) -> str:
        return self.anybody.get(USERINFO, headers=bearer(self.tokens["access_token"])).content.decode()

    def code(self) -> str:
        return builders.save_code(self.client.client_id, str(self.alice.pk))[0]

    def logout_token(self) -> str:
        now, lifetime = datetime.now(UTC), logout_token.MAX_LIFETIME
        claims = logout_token.claims(
            issuer=ISSUER,
            client_id=self.client.client_id,
            subject=str(self.alice.pk),
            sid="0.sid",
            jti="0.jti",
            lifetime=lifetime,
            now=now,
        )
        return signer().sign(claims, typ=logout_token.TYP, alg="RS256")


TOKENS: Mapping[str, Callable[[World], str]] = {
    "access token": lambda world: world.tokens["access_token"],
    "access token, at+jwt, for an API and us": lambda world: world.access_token(),
    "access token, at+jwt, for an API": lambda world: world.access_token("read"),
    "access token, JWT, for an API and us": lambda world: world.access_token(access_token_typ="JWT"),
    "access token, JWT, for an API": lambda world: world.access_token("read", access_token_typ="JWT"),
    "access token, opaque, for an API and us": lambda world: world.access_token(access_token_format="opaque"),
    "access token, opaque, for an API": lambda world: world.access_token("read", access_token_format="opaque"),
    "refresh token": lambda world: world.tokens["refresh_token"],
    "code": World.code,
    "ID token": lambda world: world.tokens["id_token"],
    "signed userinfo": World.signed_userinfo,
    "logout token": World.logout_token,
}
ACCESS = {name for name in TOKENS if name.startswith("access token")}
OURS = {name for name in ACCESS if not name.endswith("for an API")}


def _introspection(world: World, token: str) -> bool:
    return bool(introspect(world.anybody, world.client, token).json()["active"])


def _revocation(world: World, token: str) -> bool:
    before = set(voided())
    assert revoke(world.anybody, world.client, token).status_code == 200
    return set(voided()) != before


def _refresh(world: World, token: str) -> bool:
    return bool(refresh(world.anybody, world.client, token).status_code == 200)


def _exchange(world: World, token: str) -> bool:
    return bool(exchange(world.anybody, world.client, token).status_code == 200)


def _assertion(world: World, token: str) -> bool:
    """Even of a client that says that our keys are its own."""
    published = world.anybody.get("/oauth2/jwks").json()
    change_clients(world.client.client_id, token_endpoint_auth_method="private_key_jwt", jwks=published)
    form = {"grant_type": "client_credentials", **assertion_form(world.client.client_id, token)}
    return bool(post(world.anybody, TOKEN, form).json().get("error") != "invalid_client")


def _hint_at_authorize(world: World, token: str) -> bool:
    request = authorization_request(world.client, id_token_hint=token, prompt="none")
    _, answer = location(world.browser.get(AUTHORIZE, request))
    return answer.get("error") != "invalid_request"


def _hint_at_logout(world: World, token: str) -> bool:
    """Only a good one ends the session without a question."""
    world.browser.get(END_SESSION, {"id_token_hint": token})
    return "_auth_user_id" not in world.browser.session


def _view_of_ours(world: World, token: str) -> bool:
    request = RequestFactory().get("/", headers=bearer(token))
    view = protected_resource()(lambda request: JsonResponse({}))
    return bool(view(request).status_code == 200)


READERS: Mapping[str, tuple[Callable[[World, str], bool], set[str]]] = {
    "userinfo": (lambda world, token: opens_userinfo(world.anybody, token), OURS),
    "introspection": (_introspection, {*ACCESS, "refresh token"}),
    "revocation": (_revocation, {*ACCESS, "refresh token"}),
    "grant refresh_token": (_refresh, {"refresh token"}),
    "grant authorization_code": (_exchange, {"code"}),
    "client_assertion": (_assertion, set()),
    "id_token_hint at authorize": (_hint_at_authorize, {"ID token"}),
    "id_token_hint at logout": (_hint_at_logout, {"ID token"}),
    "a view of this project": (_view_of_ours, OURS),
}
"""Each place, and the tokens that it takes."""


@pytest.fixture
def world(anybody: Client, browser: Client, alice: User) -> World:
    return World(anybody, browser, alice)


@pytest.mark.covers("S39 ID token", "S39 access token", "CVE-2022-3102", "CVE-2026-4282")
@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("reader", READERS)
def test_a_token_is_good_only_where_its_kind_belongs(world: World, reader: str, token: str) -> None:
    takes, kinds = READERS[reader]
    made: str = TOKENS[token](world)
    assert takes(world, made) is (token in kinds)


@pytest.mark.covers("S39 JWT", "S39 typ")
@pytest.mark.parametrize("typ", ["at+jwt", "JWT"])
@pytest.mark.parametrize("scope", ["read", "openid read"])
def test_the_type_of_a_token_is_its_api_s_choice_also_where_we_are_in_the_audience(
    world: World, typ: str, scope: str
) -> None:
    token = world.access_token(scope, access_token_typ=typ)
    claims = signer().verify(token, typ=typ)
    assert claims is not None
    assert claims["aud"] == ([API, ISSUER] if "openid" in scope else API)


@pytest.mark.covers("S39 access token")
def test_no_api_is_called_like_a_client_which_would_take_its_tokens_for_id_tokens(db: None) -> None:
    store().clients.add(builders.client_record(client_id="urn:example:client"))
    with pytest.raises(ValidationError) as caught:
        resources.create(Resource(identifier="urn:example:client", scope=("read",), name="Orders"))
    assert caught.value.message_dict == {
        "identifier": ["is the id of a client: its ID tokens would be meant for this API"]
    }
