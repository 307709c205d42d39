"""Whom a token is for follows from the scope that was asked for (RFC 9068 §3), and a scope belongs to its resource."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.endpoints.lifecycle import opens_userinfo, refresh
from tests.support import builders
from tests.support.builders import change_clients, protect
from tests.support.endpoints import exchange, location, say
from tests.support.held import only
from tests.support.messages import (
    AUTHORIZE,
    CONSENT,
    FORM_TYPE,
    TOKEN,
    Registered,
    authorization_request,
    basic,
)
from tokens.keys import signer
from tokens.protocol import records

ISSUER = "http://localhost:8000"
ORDERS, STOCK, BILLING = "https://api.example/orders", "urn:example:stock", "https://billing.example/"


def claims_of(token: str) -> dict[str, Any]:
    claims = signer().verify(token, typ="at+jwt")
    assert claims is not None
    return claims


def ask(sender: Client, client: Registered, *resource: str, **form: str) -> Any:
    """client_credentials."""
    body = urlencode([("grant_type", "client_credentials"), *form.items(), *(("resource", each) for each in resource)])
    headers = basic(client.client_id, client.client_secret)
    return sender.post(TOKEN, body, content_type=FORM_TYPE, headers=headers)


def authorized(browser: Client, client: Registered, scope: str, *resource: str, **more: str) -> Any:
    """What the authorization endpoint answers to a client that need not ask."""
    change_clients(client.client_id, skip_consent=True)
    asked = {**authorization_request(client, scope=scope, **more), **({"resource": resource} if resource else {})}
    return location(browser.get(AUTHORIZE, asked))[1]


def redeemed(browser: Client, anybody: Client, client: Registered, scope: str, *resource: str) -> dict[str, Any]:
    code = authorized(browser, client, scope, *resource)["code"]
    tokens: dict[str, Any] = exchange(anybody, client, code).json()
    return tokens


@pytest.fixture
def namesakes() -> Registered:
    """A client that may read at two APIs, which call it the same, and more at each."""
    protect(ORDERS, "read", "orders:write")
    protect(STOCK, "read", "stock:count")
    scope = f"openid email {ORDERS}#read {STOCK}#read orders:write stock:count"
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    return builders.register("web", scope=scope, grant_types=grants)


@pytest.mark.covers("S28 audience")
@pytest.mark.parametrize(
    ("scope", "resource", "audience", "said"),
    [
        ("openid orders:write", (), [ORDERS, ISSUER], "openid orders:write"),
        ("orders:write", (), ORDERS, "orders:write"),
        ("openid email", (), ISSUER, "openid email"),
        ("openid read", (ORDERS,), [ORDERS, ISSUER], "openid read"),
        ("read stock:count", (STOCK,), STOCK, "read stock:count"),
        ("openid orders:write stock:count unknown", (STOCK,), [STOCK, ISSUER], "openid stock:count"),
        # One token for both carries no name that both have.
        ("openid read stock:count", (ORDERS, STOCK), [ORDERS, STOCK, ISSUER], "openid stock:count"),
    ],
)
def test_a_person_s_token_is_for_the_resource_whose_scope_was_asked_for(
    anybody: Client,
    browser: Client,
    namesakes: Registered,
    scope: str,
    resource: tuple[str, ...],
    audience: object,
    said: str,
) -> None:
    tokens = redeemed(browser, anybody, namesakes, scope, *resource)
    claims = claims_of(tokens["access_token"])
    assert (claims["aud"], claims["scope"], tokens["scope"]) == (audience, said, said)
    assert opens_userinfo(anybody, tokens["access_token"]) is ("openid" in scope.split())


@pytest.mark.covers("S28 audience")
@pytest.mark.parametrize("scope", ["read", "orders:write stock:count", "openid read"])
def test_scopes_of_two_apis_are_refused_without_a_resource_by_an_error_that_says_to_send_it(
    anybody: Client, browser: Client, namesakes: Registered, scope: str
) -> None:
    described = f"these are scopes of {ORDERS} and of {STOCK}: say by resource which is meant"
    refused = authorized(browser, namesakes, scope)
    assert (refused["error"], refused["error_description"]) == ("invalid_scope", described)
    answer = ask(anybody, namesakes, scope=scope.removeprefix("openid "))
    assert (answer.status_code, answer.json()["error_description"]) == (400, described)
    assert answer.json()["error"] == "invalid_scope"


@pytest.mark.covers("S28 audience", "S32 resource")
def test_where_both_were_named_at_authorize_exchange_and_refresh_choose(
    anybody: Client, browser: Client, namesakes: Registered
) -> None:
    code = authorized(browser, namesakes, "openid read", ORDERS, STOCK)["code"]
    found = exchange(anybody, namesakes, code, resource=ORDERS).json()
    assert (claims_of(found["access_token"])["aud"], found["scope"]) == ([ORDERS, ISSUER], "openid read")
    found |= refresh(anybody, namesakes, found["refresh_token"], resource=STOCK).json()
    assert (claims_of(found["access_token"])["aud"], found["scope"]) == ([STOCK, ISSUER], "openid read")
    found = refresh(anybody, namesakes, found["refresh_token"]).json()
    assert (claims_of(found["access_token"])["aud"], found["scope"]) == ([ORDERS, STOCK, ISSUER], "openid")


@pytest.mark.covers("S28 audience", "S28 scope")
def test_a_scope_that_only_one_of_two_namesakes_was_granted_opens_the_other_by_no_way(
    anybody: Client, browser: Client, namesakes: Registered
) -> None:
    change_clients(namesakes.client_id, scope=f"openid {ORDERS}#read stock:count")
    assert ask(anybody, namesakes, STOCK, scope="read").json()["error"] == "invalid_scope"
    assert authorized(browser, namesakes, "read", STOCK)["error"] == "invalid_scope"
    for resource in ((ORDERS, STOCK), (STOCK, ORDERS)):
        body = ask(anybody, namesakes, *resource, scope="read stock:count").json()
        assert claims_of(body["access_token"])["scope"] == "stock:count"
    assert ask(anybody, namesakes, ORDERS, STOCK, scope="read").json()["error"] == "invalid_target"
    # On the wire there are only names.
    assert ask(anybody, namesakes, scope=f"{ORDERS}#read").json()["error"] == "invalid_scope"


@pytest.mark.covers("S75 resource")
def test_a_consent_to_one_is_none_to_its_namesake(browser: Client, namesakes: Registered) -> None:
    def ask_for(resource: str) -> tuple[str, dict[str, str]]:
        return location(browser.get(AUTHORIZE, authorization_request(namesakes, scope="read", resource=resource)))

    _, query = ask_for(ORDERS)
    assert f"Use <bdi>read</bdi> of <bdi>{ORDERS}</bdi>" in browser.get(CONSENT, query).content.decode()
    say(browser, query["interaction"])
    assert only(records.Consent).scope == (f"{ORDERS}#read",)
    assert "code" in ask_for(ORDERS)[1]
    page, query = ask_for(STOCK)
    assert page == CONSENT
    assert f"Use <bdi>read</bdi> of <bdi>{STOCK}</bdi>" in browser.get(CONSENT, query).content.decode()


# --- One trailing slash, and other names for it


@pytest.mark.parametrize("registered", ["https://mcp.example", "https://mcp.example/"])
@pytest.mark.parametrize("asked", ["https://mcp.example", "https://mcp.example/"])
@pytest.mark.parametrize("parameter", ["resource", "audience"])
def test_a_resource_is_the_same_with_and_without_the_slash_of_an_empty_path_and_is_called_as_registered(
    anybody: Client, browser: Client, registered: str, asked: str, parameter: str
) -> None:
    protect(registered, "mcp")
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    client = builders.register("web", scope="mcp", grant_types=grants)
    code = authorized(browser, client, "mcp", **{parameter: asked})["code"]
    tokens = exchange(anybody, client, code, **{parameter: asked}).json()
    again = refresh(anybody, client, tokens["refresh_token"], **{parameter: asked}).json()
    alone = ask(anybody, client, scope="mcp", **{parameter: asked}).json()
    assert {claims_of(each["access_token"])["aud"] for each in (tokens, again, alone)} == {registered}


@pytest.mark.covers("S14 but")
def test_an_audience_that_names_no_resource_is_ignored_as_every_unknown_parameter_is(
    anybody: Client, browser: Client, namesakes: Registered
) -> None:
    protect(BILLING, "billing:read")
    code = authorized(browser, namesakes, "openid stock:count orders:write", ORDERS, STOCK)["code"]
    found = exchange(anybody, namesakes, code).json()
    for audience in (BILLING, "orders", "x" * 3000):
        again = refresh(anybody, namesakes, found["refresh_token"], audience=audience).json()
        assert claims_of(again["access_token"])["aud"] == [ORDERS, STOCK, ISSUER]
        body = ask(anybody, namesakes, scope="orders:write", audience=audience).json()
        assert claims_of(body["access_token"])["aud"] == ORDERS
    narrowed = refresh(anybody, namesakes, found["refresh_token"], audience=STOCK).json()
    assert claims_of(narrowed["access_token"])["aud"] == [STOCK, ISSUER]


@pytest.mark.covers("S32 scope")
def test_a_scope_that_was_dropped_at_authorize_is_dropped_at_refresh_and_told(
    anybody: Client, browser: Client, namesakes: Registered
) -> None:
    scope = "openid email orders:write stock:count unknown profile"
    code = authorized(browser, namesakes, scope, ORDERS)["code"]
    first = exchange(anybody, namesakes, code).json()
    again = refresh(anybody, namesakes, first["refresh_token"], scope=scope).json()
    assert first["scope"] == again["scope"] == "openid email orders:write"
    more = refresh(anybody, namesakes, first["refresh_token"], scope="openid read")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")
