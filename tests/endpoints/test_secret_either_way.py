"""Where a client's secret may be: kinds of clients, by ways to show who one is, by endpoints that ask for it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from tests.endpoints.lifecycle import INTROSPECT, REVOKE
from tests.support import builders
from tests.support.assertions import assertion_form
from tests.support.builders import save_code
from tests.support.endpoints import is_unspent, post
from tests.support.messages import TOKEN, Registered, basic, bearer, code_form, secret_post
from tokens.stores import store

ENDPOINTS = {TOKEN: (400, "invalid_grant"), INTROSPECT: (200, ""), REVOKE: (200, "")}
"""What a client that got in is answered, where it brings a code or a token that never was."""
FORM = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "x", "token": "x"}
CHALLENGE = 'Basic realm="http://localhost:8000"'
FAILED = "client authentication failed"
NOBODY = "the request does not say which client it comes from"

CLIENTS: Mapping[str, dict[str, Any]] = {
    "basic": {"token_endpoint_auth_method": "client_secret_basic"},
    "post": {"token_endpoint_auth_method": "client_secret_post"},
    "basic alone": {"token_endpoint_auth_method": "client_secret_basic", "pin_token_endpoint_auth_method": True},
    "post alone": {"token_endpoint_auth_method": "client_secret_post", "pin_token_endpoint_auth_method": True},
    # Changed from a secret to keys: the secret is still there.
    "keys": {"token_endpoint_auth_method": "private_key_jwt"},
    "public": {"token_endpoint_auth_method": "none"},
}
REGISTERED = {
    "basic alone": "client_secret_basic",
    "post alone": "client_secret_post",
    "keys": "private_key_jwt",
    "public": "none",
}
Sent = tuple[dict[str, str], dict[str, str], dict[str, str]]
"""Form, headers, query."""
WAYS: Mapping[str, Callable[[Registered], Sent]] = {
    "header": lambda it: ({}, header(it), {}),
    "header and id": lambda it: (named(it), header(it), {}),
    "form": lambda it: (secret_post(it), {}, {}),
    "assertion": lambda it: (assertion_form(it.client_id), {}, {}),
    "id": lambda it: (named(it), {}, {}),
    "empty secret in the header": lambda it: ({}, basic(it.client_id, ""), {}),
    "empty secret in the header, and id": lambda it: (named(it), basic(it.client_id, ""), {}),
    "empty secret in the form": lambda it: (named(it) | {"client_secret": ""}, {}, {}),
    "header and form": lambda it: (secret_post(it), header(it), {}),
    "header, and a wrong secret in the form": lambda it: (secret_post(it) | {"client_secret": "wrong"}, header(it), {}),
    "empty secret in the header, right one in the form": lambda it: (secret_post(it), basic(it.client_id, ""), {}),
    "header and assertion": lambda it: (assertion_form(it.client_id), header(it), {}),
    "empty secret in the header, and assertion": lambda it: (
        assertion_form(it.client_id),
        basic(it.client_id, ""),
        {},
    ),
    "form and assertion": lambda it: (secret_post(it) | assertion_form(it.client_id), {}, {}),
    "header, another id": lambda it: ({"client_id": "0.other"}, header(it), {}),
    "empty secret in the header, another id": lambda it: ({"client_id": "0.other"}, basic(it.client_id, ""), {}),
    "query": lambda it: ({}, {}, secret_post(it)),
    "secret in the query, id in the form": lambda it: (named(it), {}, {"client_secret": it.client_secret}),
    "wrong secret in the header": lambda it: ({}, basic(it.client_id, "wrong"), {}),
    "wrong secret in the form": lambda it: (secret_post(it) | {"client_secret": "wrong"}, {}, {}),
    "another client's secret": lambda it: (secret_post(it) | {"client_secret": another().client_secret}, {}, {}),
    "secret without id": lambda it: ({"client_secret": it.client_secret}, {}, {}),
    "bearer": lambda it: (named(it), bearer(it.client_secret), {}),
    "nothing": lambda it: ({}, {}, {}),
}
GETS_IN: Mapping[str, set[str]] = {
    "header": {"basic", "post", "basic alone"},
    "header and id": {"basic", "post", "basic alone"},
    "form": {"basic", "post", "post alone"},
    "assertion": {"keys"},
    "id": {"public"},
    # RFC 6749 §2.3.1: a client whose secret is empty may leave it out.
    "empty secret in the header": {"public"},
    "empty secret in the header, and id": {"public"},
    "empty secret in the form": {"public"},
    "secret in the query, id in the form": {"public"},
}
IS_TOLD: Mapping[str, tuple[str, set[str]]] = {
    "header": ("client_secret_basic", {"post alone", "keys", "public"}),
    "header and id": ("client_secret_basic", {"post alone", "keys", "public"}),
    "form": ("client_secret_post", {"basic alone", "keys", "public"}),
}
"""Whose secret was right, and by which method it came."""
TWO_AT_ONCE = {
    "header and form",
    "header, and a wrong secret in the form",
    "empty secret in the header, right one in the form",
    "header and assertion",
    "empty secret in the header, and assertion",
    "form and assertion",
    "header, another id",
    "empty secret in the header, another id",
}
SAYS_OTHERWISE = {
    "query": NOBODY,
    "secret without id": NOBODY,
    "nothing": NOBODY,
    "bearer": "the Authorization scheme of this endpoint is Basic",
}


def header(client: Registered) -> dict[str, str]:
    return basic(client.client_id, client.client_secret)


def named(client: Registered) -> dict[str, str]:
    return {"client_id": client.client_id}


def another() -> Registered:
    return builders.register("web")


def expected(endpoint: str, kind: str, way: str) -> tuple[int, str, str]:
    """Status, error and description."""
    status = 401 if "header" in way or way == "bearer" else 400
    if way in TWO_AT_ONCE:
        return 400, "invalid_request", ""
    if kind in GETS_IN.get(way, ()):
        if kind == "public" and endpoint == INTROSPECT:
            return status, "invalid_client", "a public client cannot introspect: anybody could be it"
        return (*ENDPOINTS[endpoint], "")
    method, told = IS_TOLD.get(way, ("", set()))
    if kind in told:
        right = f"the secret is right, but it came by {method}: this client authenticates by {REGISTERED[kind]} alone"
        return status, "invalid_client", right
    return status, "invalid_client", SAYS_OTHERWISE.get(way, FAILED)


@pytest.mark.covers(
    "S47 token", "S47 revoke", "S47 introspect", "S48 one", "S48 stronger", "S48 public", "S48 either", "S48 pinned"
)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_who_gets_in_where_and_what_the_others_hear(anybody: Client, endpoint: str, kind: str, way: str) -> None:
    client = builders.register("web", **CLIENTS[kind])
    form, headers, query = WAYS[way](client)
    answer = post(anybody, f"{endpoint}?{urlencode(query)}" if query else endpoint, FORM | form, headers)
    said = answer.json() if answer.content else {}
    status, error, description = expected(endpoint, kind, way)
    assert (answer.status_code, said.get("error", "")) == (status, error), said
    assert said.get("error_description") == description or not description
    assert answer.get("WWW-Authenticate") == (CHALLENGE if answer.status_code == 401 else None)


@pytest.mark.parametrize("way", IS_TOLD)
@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize("state", ["disabled", "ended"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_who_has_a_secret_that_is_good_no_more_is_told_nothing(
    anybody: Client, endpoint: str, state: str, kind: str, way: str
) -> None:
    client = builders.register("web", **CLIENTS[kind], enabled=state != "disabled")
    if state == "ended":
        now, record = datetime.now(UTC), store().clients.get(client.client_id)
        assert record is not None
        store().clients.expire_secret(client.client_id, record.secrets[0].id, now, now)
    form, headers, _ = WAYS[way](client)
    assert post(anybody, endpoint, FORM | form, headers).json()["error_description"] == FAILED


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"redirect_uri": "https://rp.example/other"},
        {"redirect_uri": None},
        {"code": "unknown"},
        {"code": None},
        {"grant_type": "password"},
        {"resource": "https://api.example"},
    ],
    ids=lambda changes: " ".join(f"{name}={value}" for name, value in changes.items()),
)
def test_who_tries_both_ways_hears_of_the_true_fault_each_time(
    anybody: Client, alice: User, web: Registered, changes: dict[str, str | None]
) -> None:
    """Go's x/oauth2 sends a first request that was refused again by the other way, and shows what the second one
    heard."""
    code, _ = save_code(web.client_id, str(alice.pk))
    form = code_form(web, code, **changes)
    first, second = (
        post(anybody, TOKEN, form | more, headers) for more, headers, _ in (WAYS["header"](web), WAYS["form"](web))
    )
    assert first.status_code == second.status_code == 400
    assert first.json() == second.json()
    assert first.json()["error"] != "invalid_client"
    assert is_unspent(code, web)
    assert post(anybody, TOKEN, code_form(web, code) | secret_post(web)).status_code == 200
