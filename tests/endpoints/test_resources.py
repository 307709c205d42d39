"""Tokens for protected resources (RFC 8707): whom they are for, what they may do there, and in which form they come."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from joserfc import jws

from accounts.models import User
from tests.endpoints.lifecycle import introspect, opens_userinfo, refresh
from tests.support import builders
from tests.support.builders import change_clients, change_resources, protect, save_code
from tests.support.endpoints import exchange, is_unspent, post, tokens_of
from tests.support.held import let_keys_be, only, written
from tests.support.messages import FORM_TYPE, TOKEN, Registered, basic, code_form, refused
from tokens.conf import conf
from tokens.keys import signer
from tokens.protocol import handles, records
from tokens.stores import store

ISSUER = "http://localhost:8000"
ORDERS, STOCK, BILLING = "https://api.example/orders", "urn:example:stock", "https://billing.example/"
SCOPE = ("openid", "email", "orders:read", "stock:read")
REFUSED = refused(
    "invalid_target",
    "a resource is not one that this client may ask for: it needs one of its scopes",
    "resource_refused",
)
MIXED = refused(
    "invalid_target", "these resources want different kinds of tokens: ask for one at a time", "resources_differ"
)


@pytest.fixture
def api() -> Registered:
    """Who serves orders and stock."""
    return builders.register("api", "")


@pytest.fixture
def shop(api: Registered) -> Registered:
    """A client that may read both, and whose refresh tokens rotate."""
    protect(ORDERS, "orders:read", "orders:write", owner=api)
    protect(STOCK, "stock:read", owner=api)
    protect(BILLING, "billing:read")
    return builders.register(
        "web",
        scope=" ".join((*SCOPE, "offline_access")),
        rotate_refresh_tokens=True,
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
    )


def given(sender: Client, shop: Registered, alice: User, **changes: Any) -> dict[str, Any]:
    return tokens_of(sender, shop, alice.pk, **{"scope": SCOPE, "resource": (ORDERS, STOCK), **changes})


def claims_of(token: str) -> dict[str, Any]:
    claims = signer().verify(token, typ="at+jwt")
    assert claims is not None
    return claims


def ask(sender: Client, client: Registered, *resource: str, **form: str) -> Any:
    """client_credentials."""
    body = urlencode([("grant_type", "client_credentials"), *form.items(), *(("resource", each) for each in resource)])
    headers = basic(client.client_id, client.client_secret)
    return sender.post(TOKEN, body, content_type=FORM_TYPE, headers=headers)


# --- For whom, and for what


@pytest.mark.covers("S28 audience")
@pytest.mark.parametrize(
    ("scope", "resource", "audience", "said"),
    [
        (SCOPE, None, [ORDERS, STOCK, ISSUER], "openid email orders:read stock:read"),
        (SCOPE, ORDERS, [ORDERS, ISSUER], "openid email orders:read"),
        (("orders:read", "stock:read"), ORDERS, ORDERS, "orders:read"),
        (("orders:read", "stock:read"), STOCK, STOCK, "stock:read"),
        (("orders:read", "stock:read"), None, [ORDERS, STOCK], "orders:read stock:read"),
        (("email",), ORDERS, ORDERS, "email"),
    ],
)
def test_a_code_gives_a_token_for_the_resources_that_were_granted_or_those_of_them_that_are_asked_for(
    anybody: Client,
    alice: User,
    shop: Registered,
    scope: tuple[str, ...],
    resource: str | None,
    audience: object,
    said: str,
) -> None:
    code, _ = save_code(shop.client_id, str(alice.pk), scope=scope, resource=(ORDERS, STOCK))
    tokens = exchange(anybody, shop, code, resource=resource).json()
    claims = claims_of(tokens["access_token"])
    assert (claims["aud"], claims["scope"], tokens["scope"]) == (audience, said, said)
    assert ("id_token" in tokens) is opens_userinfo(anybody, tokens["access_token"]) is ("openid" in scope)


@pytest.mark.covers("S32 resource")
@pytest.mark.parametrize("rotates", [True, False])
def test_a_refresh_narrows_one_token_and_loses_nothing(
    anybody: Client, alice: User, shop: Registered, rotates: bool
) -> None:
    change_clients(rotate_refresh_tokens=rotates)
    found = given(anybody, shop, alice)
    for resource, audience in (
        (STOCK, [STOCK, ISSUER]),
        (ORDERS, [ORDERS, ISSUER]),
        (None, [ORDERS, STOCK, ISSUER]),
    ):
        found |= refresh(anybody, shop, found["refresh_token"], resource=resource).json()
        assert claims_of(found["access_token"])["aud"] == audience
    assert found["scope"] == " ".join(SCOPE)


@pytest.mark.covers("S30", "S32 resource")
def test_a_retry_may_ask_for_another_of_the_resources_but_not_for_more(
    anybody: Client, alice: User, shop: Registered
) -> None:
    found = given(anybody, shop, alice)
    first = refresh(anybody, shop, found["refresh_token"], resource=STOCK).json()
    assert refresh(anybody, shop, found["refresh_token"], resource=BILLING).json() == REFUSED
    again = refresh(anybody, shop, found["refresh_token"], resource=ORDERS).json()
    assert again["refresh_token"] == first["refresh_token"]
    assert claims_of(again["access_token"])["aud"] == [ORDERS, ISSUER]


@pytest.mark.covers("S28 audience", "S32 resource")
@pytest.mark.parametrize("resource", [BILLING, "urn:unknown", ORDERS + "/", ORDERS.upper(), ISSUER, "x", "\N{SNOWMAN}"])
@pytest.mark.parametrize("granted", [(ORDERS,), ()])
def test_what_was_not_granted_is_refused_and_burns_nothing(
    anybody: Client, alice: User, shop: Registered, granted: tuple[str, ...], resource: str
) -> None:
    code, _ = save_code(shop.client_id, str(alice.pk), scope=SCOPE, resource=granted)
    answer = exchange(anybody, shop, code, resource=resource)
    assert (answer.status_code, answer.json()) == (400, REFUSED)
    assert is_unspent(code, shop)
    tokens = exchange(anybody, shop, code).json()
    answer = refresh(anybody, shop, tokens["refresh_token"], resource=resource)
    assert (answer.status_code, answer.json()) == (400, REFUSED)
    assert refresh(anybody, shop, tokens["refresh_token"]).status_code == 200


@pytest.mark.covers("S28 scope")
@pytest.mark.parametrize("change", ["the resource is deleted", "the client may have none of its scopes any more"])
def test_what_is_granted_no_longer_is_refused_where_it_is_named_and_the_rest_is_still_had(
    anybody: Client, alice: User, shop: Registered, change: str
) -> None:
    code, _ = save_code(shop.client_id, str(alice.pk), scope=SCOPE, resource=(ORDERS, STOCK))
    found = given(anybody, shop, alice)
    if change == "the resource is deleted":
        store().resources.delete(STOCK)
    else:
        change_clients(shop.client_id, scope="openid email orders:read")
    for answer in (
        exchange(anybody, shop, code, resource=STOCK),
        refresh(anybody, shop, found["refresh_token"], resource=STOCK),
    ):
        assert (answer.status_code, answer.json()) == (400, REFUSED)
    for tokens in (exchange(anybody, shop, code), refresh(anybody, shop, found["refresh_token"])):
        assert claims_of(tokens.json()["access_token"])["aud"] == [ORDERS, ISSUER]
    assert refresh(anybody, shop, found["refresh_token"], resource=ORDERS).status_code == 200


# --- client_credentials


@pytest.mark.covers("S28 scope")
def test_a_client_that_acts_for_itself_names_what_it_wants_or_gets_its_own_default(
    anybody: Client, shop: Registered
) -> None:
    scope = "email orders:read stock:read"
    for asked, audience, said in (
        ((ORDERS,), ORDERS, "email orders:read"),
        ((STOCK, ORDERS), [STOCK, ORDERS], scope),
    ):
        body = ask(anybody, shop, *asked, scope=scope).json()
        claims = claims_of(body["access_token"])
        assert (claims["aud"], claims["scope"], body["scope"]) == (audience, said, said)
    assert claims_of(ask(anybody, shop, scope="email").json()["access_token"])["aud"] == ISSUER
    change_clients(shop.client_id, default_resource=[STOCK])
    assert claims_of(ask(anybody, shop, scope="email").json()["access_token"])["aud"] == STOCK
    assert claims_of(ask(anybody, shop, ORDERS, scope=scope).json()["access_token"])["aud"] == ORDERS
    assert claims_of(ask(anybody, shop, scope="orders:read").json()["access_token"])["aud"] == ORDERS


@pytest.mark.covers("S28 scope")
@pytest.mark.parametrize("resource", [BILLING, "urn:unknown", ORDERS + "/", "x", "\N{SNOWMAN}", "u" * 300, ISSUER])
def test_it_gets_nothing_for_what_it_may_not_have_a_scope_of_in_the_words_for_what_is_not_there(
    anybody: Client, shop: Registered, resource: str
) -> None:
    for asked in ((resource,), (ORDERS, resource)):
        answer = ask(anybody, shop, *asked, scope="orders:read")
        assert (answer.status_code, answer.json()) == (400, REFUSED)
    change_clients(shop.client_id, default_resource=[resource])
    assert ask(anybody, shop, scope="email").json() == REFUSED


# --- In which form


@pytest.mark.covers("S39 JWT")
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_jwt_is_signed_as_its_resource_wants(anybody: Client, alice: User, shop: Registered, alg: str) -> None:
    change_resources(ORDERS, access_token_signed_response_alg=alg)
    token = given(anybody, shop, alice, resource=(ORDERS,))["access_token"]
    by_kid = {key["kid"]: key["alg"] for key in anybody.get("/oauth2/jwks").json()["keys"]}
    header = jws.extract_compact(token.encode()).headers()
    assert header == {"alg": alg, "typ": "at+jwt", "kid": header["kid"]}
    assert by_kid[header["kid"]] == alg
    assert opens_userinfo(anybody, token)


@pytest.mark.parametrize(
    "columns", [{"access_token_format": "opaque"}, {"access_token_signed_response_alg": "EdDSA"}], ids=["format", "alg"]
)
def test_resources_that_want_different_forms_are_asked_for_one_at_a_time(
    anybody: Client, alice: User, shop: Registered, columns: dict[str, str]
) -> None:
    change_resources(STOCK, **columns)
    code, _ = save_code(shop.client_id, str(alice.pk), scope=SCOPE, resource=(ORDERS, STOCK))
    answer = exchange(anybody, shop, code)
    assert (answer.status_code, answer.json()) == (400, MIXED)
    tokens = exchange(anybody, shop, code, resource=ORDERS).json()
    assert refresh(anybody, shop, tokens["refresh_token"]).json() == MIXED
    assert refresh(anybody, shop, tokens["refresh_token"], resource=STOCK).status_code == 200
    assert ask(anybody, shop, ORDERS, STOCK, scope="email").json() == MIXED


@pytest.mark.covers("S27 token", "S38 handles")
def test_an_opaque_token_says_nothing_and_is_worth_what_a_jwt_would_be(
    anybody: Client, alice: User, shop: Registered, api: Registered
) -> None:
    jwt = given(anybody, shop, alice)
    change_resources(access_token_format="opaque")
    before = datetime.now(UTC)
    opaque = given(anybody, shop, alice)
    assert opaque.keys() == jwt.keys()
    assert (opaque["expires_in"], conf().opaque_token_lifetime) == (900, 900)
    token = opaque["access_token"]
    assert handles.parse(token) == token
    row = only(records.AccessToken)
    assert row.key == handles.key(handles.Handle(token))
    assert token not in written(records.AccessToken)
    assert 899 < (row.expires - before).total_seconds() < 930
    for asker in (shop, api):
        body, of_jwt = (introspect(anybody, asker, each["access_token"]).json() for each in (opaque, jwt))
        differ = {"iat", "exp", "jti", "auth_time", "authorization_id"}
        assert body == of_jwt | {name: body[name] for name in differ}
        assert body["exp"] == body["iat"] + 900
        assert body["jti"] != token
    assert opens_userinfo(anybody, token)


def test_the_two_kinds_of_a_client_s_own_token_say_the_same(anybody: Client, shop: Registered, api: Registered) -> None:
    jwt = ask(anybody, shop, ORDERS, scope="orders:read").json()
    change_resources(access_token_format="opaque")
    opaque = ask(anybody, shop, ORDERS, scope="orders:read").json()
    assert opaque == jwt | {"access_token": opaque["access_token"], "expires_in": 900}
    body, of_jwt = (introspect(anybody, api, each["access_token"]).json() for each in (opaque, jwt))
    assert body == of_jwt | {name: body[name] for name in ("iat", "exp", "jti")}
    assert body["active"] is True


@pytest.mark.covers("S31")
def test_an_opaque_token_ends_no_later_than_its_authorization(anybody: Client, alice: User, shop: Registered) -> None:
    change_resources(access_token_format="opaque")
    end = datetime.now(UTC).replace(microsecond=0)
    found = given(anybody, shop, alice, authorization_expires=end.replace(year=end.year + 1))
    assert found["expires_in"] == 900
    code, _ = save_code(
        shop.client_id,
        str(alice.pk),
        resource=(ORDERS,),
        authorization_expires=datetime.fromtimestamp(datetime.now(UTC).timestamp() + 100, UTC),
    )
    assert exchange(anybody, shop, code).json()["expires_in"] <= 100


@pytest.mark.covers("CVE-2026-4282")
def test_nothing_else_of_ours_is_an_opaque_token_and_one_is_nothing_else(
    anybody: Client, alice: User, shop: Registered
) -> None:
    change_resources(access_token_format="opaque")
    found = given(anybody, shop, alice)
    code, kept = save_code(shop.client_id, str(alice.pk))
    row = only(records.AccessToken)
    for other in (
        code,
        kept.key,
        row.key,
        found["refresh_token"],
        row.claims["jti"],
        only(records.Authorization).id,
    ):
        assert not opens_userinfo(anybody, other)
    assert refresh(anybody, shop, found["access_token"]).json()["error"] == "invalid_grant"
    assert exchange(anybody, shop, found["access_token"]).json()["error"] == "invalid_grant"
    assert opens_userinfo(anybody, found["access_token"])


@pytest.mark.covers("S14 but", "S78 count")
def test_a_token_request_takes_a_few_resources_and_no_hundred(anybody: Client, alice: User, shop: Registered) -> None:
    code, _ = save_code(shop.client_id, str(alice.pk), resource=(ORDERS,), scope=SCOPE)
    form = list(code_form(shop, code).items())
    many = [*form, *(("resource", f"urn:{number}") for number in range(11))]
    spaced = [*form, ("resource", f"{ORDERS} {STOCK}")]
    for body, error in ((many, "invalid_target"), (spaced, "invalid_request")):
        headers = basic(shop.client_id, shop.client_secret)
        answer = anybody.post(TOKEN, urlencode(body), content_type=FORM_TYPE, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
    twice = [*form, ("resource", ORDERS), ("resource", ORDERS), ("resource", "")]
    headers = basic(shop.client_id, shop.client_secret)
    answer = anybody.post(TOKEN, urlencode(twice), content_type=FORM_TYPE, headers=headers)
    assert claims_of(answer.json()["access_token"])["aud"] == [ORDERS, ISSUER]


def test_without_a_signing_key_a_client_s_opaque_token_needs_none(anybody: Client, shop: Registered) -> None:
    change_resources(access_token_format="opaque")
    let_keys_be("retired")
    assert ask(anybody, shop, ORDERS, scope="orders:read").status_code == 200
    assert post(anybody, TOKEN, {"grant_type": "client_credentials"}).status_code == 400
