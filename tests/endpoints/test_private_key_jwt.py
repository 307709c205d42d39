"""private_key_jwt over HTTP (RFC 7523 §2.2, §3): whose assertion it is, that it works once, where keys come from."""

import logging
from collections.abc import Callable
from threading import get_ident
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.endpoints.signers import NOT_AUTHENTICATED, exchange, register
from tests.support import builders
from tests.support.assertions import ISSUER, assertion_form, claims_of, key_set, pair, sign
from tests.support.builders import change_clients, save_code
from tests.support.endpoints import is_unspent, post
from tests.support.messages import TOKEN, Registered, basic, code_form, refused
from tokens.protocol.jwks import ALGS
from tokens.registration import client_keys
from tokens.stores import store

USED = refused("invalid_client", "the client assertion was used before", "assertion_replayed")
ENDPOINTS = {TOKEN: 400, "/oauth2/introspect": 200, "/oauth2/revoke": 200}
"""What an authenticated client is answered there when it brings a token that never was."""


@pytest.fixture
def client() -> Registered:
    return register()


def outcome(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


# --- Who it is


@pytest.mark.covers("S47 token")
@pytest.mark.parametrize("alg", ALGS)
def test_a_client_that_signs_with_its_key_gets_tokens(anybody: Client, alice: User, alg: str) -> None:
    client = register(jwks=key_set(pair(alg)))
    tokens = exchange(anybody, client, alice, sign(claims_of(client.client_id), alg=alg))
    assert tokens.status_code == 200, tokens.content
    assert tokens.json().keys() >= {"access_token", "id_token"}


@pytest.mark.covers("S49 aud")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_every_endpoint_takes_an_assertion_for_the_issuer_the_token_endpoint_or_itself(
    anybody: Client, client: Registered, path: str
) -> None:
    for aud in (ISSUER, ISSUER + TOKEN, ISSUER + path, [ISSUER + path, "https://other.example"]):
        form = {"token": "x", "grant_type": "refresh_token", "refresh_token": "x"}
        response = post(anybody, path, form | assertion_form(client.client_id, aud=aud))
        assert response.status_code == ENDPOINTS[path], response.content
    other = next(each for each in ENDPOINTS if each not in (path, TOKEN))
    for aud in (ISSUER + other, "http://testserver", f"http://testserver{path}", f"{ISSUER}{path}?x=y"):
        response = post(anybody, path, {"token": "x"} | assertion_form(client.client_id, aud=aud))
        assert outcome(response) == (400, "invalid_client")


@pytest.mark.covers("S76 issuer")
def test_the_audience_does_not_follow_the_host_header(anybody: Client, alice: User, client: Registered) -> None:
    code, _ = save_code(client.client_id, str(alice.pk))
    form = code_form(client, code) | assertion_form(client.client_id, aud="http://127.0.0.1")
    assert outcome(post(anybody, TOKEN, form, {"Host": "127.0.0.1"})) == (400, "invalid_client")
    form = code_form(client, code) | assertion_form(client.client_id)
    assert post(anybody, TOKEN, form, {"Host": "127.0.0.1"}).status_code == 200


@pytest.mark.covers("S48 one")
def test_a_second_method_beside_the_assertion_is_refused(anybody: Client, alice: User, client: Registered) -> None:
    code, _ = save_code(client.client_id, str(alice.pk))
    form = code_form(client, code) | assertion_form(client.client_id)
    header = basic(client.client_id, client.client_secret)
    for more, headers in (
        ({}, header),
        ({"client_secret": client.client_secret}, None),
        ({"client_secret": client.client_secret, "client_id": client.client_id}, header),
    ):
        assert outcome(post(anybody, TOKEN, form | more, headers)) == (400, "invalid_request")
    assert outcome(post(anybody, TOKEN, form | {"client_id": "0.other"})) == (400, "invalid_client")
    assert is_unspent(code, client)
    assert post(anybody, TOKEN, form | {"client_id": client.client_id}).status_code == 200


@pytest.mark.covers("S50 unknown")
@pytest.mark.parametrize("fault", ["key", "unknown client", "disabled", "method", "alg", "no keys", "kid"])
def test_whatever_is_wrong_with_the_client_the_answer_is_the_same(anybody: Client, alice: User, fault: str) -> None:
    client = register()
    token = sign(claims_of(client.client_id))
    if fault == "key":
        token = sign(claims_of(client.client_id), pair(kid="stranger"), kid="1")
    elif fault == "unknown client":
        token = sign(claims_of("0." + "A" * 43))
    elif fault == "kid":
        token = sign(claims_of(client.client_id), kid="other")
    else:
        columns: dict[str, dict[str, Any]] = {
            "disabled": {"enabled": False},
            "method": {"token_endpoint_auth_method": "client_secret_post"},
            "alg": {"token_endpoint_auth_signing_alg": "PS256"},
            "no keys": {"jwks": None},
        }
        change_clients(**columns[fault])
    response = exchange(anybody, client, alice, token)
    assert (response.status_code, response.json()) == (400, NOT_AUTHENTICATED)
    assert "WWW-Authenticate" not in response


@pytest.mark.covers("CVE-2026-16089")
def test_a_clients_assertion_does_not_redeem_anothers_code(anybody: Client, alice: User, client: Registered) -> None:
    thief = register(jwks=key_set(pair(kid="thief")))
    code, _ = save_code(client.client_id, str(alice.pk))
    own = sign(claims_of(thief.client_id), pair(kid="thief"))
    assert outcome(post(anybody, TOKEN, code_form(client, code) | assertion_form("", own))) == (400, "invalid_grant")
    forged = sign(claims_of(client.client_id), pair(kid="thief"))
    assert outcome(post(anybody, TOKEN, code_form(client, code) | assertion_form("", forged))) == (
        400,
        "invalid_client",
    )
    assert is_unspent(code, client)


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize(
    "token", ["x", "." * 50, "é", "a" * 20_000, "eyJhbGciOiJub25lIn0.e30.", "a" * 130_000, "\ud7ff", "{}", "[" * 5000]
)
def test_garbage_is_a_json_error(anybody: Client, client: Registered, token: str) -> None:
    form = {"grant_type": "authorization_code", **assertion_form(client.client_id, token)}
    response = post(anybody, TOKEN, form)
    assert response.status_code == 400
    assert response.json().keys() == {"error", "error_description", "error_uri"}


# --- That it works once


@pytest.mark.covers("S49 jti", "GHSA-3p3g")
def test_an_assertion_works_once_and_the_replay_burns_nothing(anybody: Client, alice: User, client: Registered) -> None:
    token = sign(claims_of(client.client_id))
    assert exchange(anybody, client, alice, token).status_code == 200
    for _ in range(2):
        replay = exchange(anybody, client, alice, token)
        assert (replay.status_code, replay.json()) == (400, USED)
    # The same jti in another assertion is a replay too.
    claims = claims_of(client.client_id, jti="twice")
    assert exchange(anybody, client, alice, sign(claims)).status_code == 200
    assert exchange(anybody, client, alice, sign(claims | {"exp": claims["exp"] + 5})).json() == USED


@pytest.mark.covers("S49 jti")
def test_a_jti_is_the_clients_own(anybody: Client, alice: User, client: Registered) -> None:
    for each in (client, register()):
        assert exchange(anybody, each, alice, jti="same").status_code == 200


@pytest.mark.covers("S49 jti", "GHSA-3p3g")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_an_assertion_that_one_endpoint_took_is_used_everywhere(anybody: Client, client: Registered, path: str) -> None:
    form = {"token": "x", "grant_type": "refresh_token", "refresh_token": "x"} | assertion_form(client.client_id)
    assert post(anybody, path, form).status_code == ENDPOINTS[path]
    for each in ENDPOINTS:
        assert post(anybody, each, form).json() == USED


@pytest.mark.covers("S49 jti")
def test_an_assertion_is_spent_though_the_grant_fails(anybody: Client, alice: User, client: Registered) -> None:
    form = code_form(client, "unknown") | assertion_form(client.client_id)
    assert outcome(post(anybody, TOKEN, form)) == (400, "invalid_grant")
    assert post(anybody, TOKEN, form).json() == USED


@pytest.mark.covers("S49 jti")
def test_nobody_spends_a_clients_jti_without_its_key(anybody: Client, alice: User, client: Registered) -> None:
    claims = claims_of(client.client_id)
    for token in (
        sign(claims, pair(kid="stranger"), kid="1"),
        sign(claims | {"aud": "https://other.example"}),
        sign(claims | {"exp": claims["exp"] - 120}),
    ):
        assert exchange(anybody, client, alice, token).status_code == 400
    assert exchange(anybody, client, alice, sign(claims)).status_code == 200


@pytest.mark.covers("S49 jti", "S53 transaction")
@pytest.mark.server("it looks at the transactions of a database")
@pytest.mark.sql("it looks at its transactions")
def test_keys_are_fetched_and_the_jti_is_spent_outside_any_transaction(
    anybody: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = register(jwks=None, jwks_uri="https://rp.example/jwks")
    outside = {get_ident(): len(connection.atomic_blocks)}  # the test's own; keys are fetched in another thread
    seen: list[tuple[str, int]] = []

    def watched(name: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        def watching(*given: Any, **named: Any) -> Any:
            seen.append((name, len(connection.atomic_blocks) - outside.get(get_ident(), 0)))
            return verb(*given, **named)

        return watching

    monkeypatch.setattr(client_keys, "fetch_json", watched("fetch", lambda *_, **__: key_set()))
    for part, verb in (("client_assertions", "use"), ("codes", "consume")):
        kind = type(getattr(store(), part))
        monkeypatch.setattr(kind, verb, watched(f"{part}.{verb}", getattr(kind, verb)))
    assert exchange(anybody, client, alice).status_code == 200
    assert seen == [("fetch", 0), ("client_assertions.use", 0), ("codes.consume", 1)]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the budgets are counted on PostgreSQL")
@pytest.mark.sql("it counts its statements")
def test_an_assertion_costs_one_statement_more_than_a_secret(anybody: Client, alice: User, client: Registered) -> None:
    secret = builders.register("web", token_endpoint_auth_method="client_secret_post")
    shown = {"client_id": secret.client_id, "client_secret": secret.client_secret}
    cost = {}
    # Each asks once before: what is loaded once has been loaded, and what the client sends has been noted.
    asking = [(who, proof) for _ in range(2) for who, proof in ((secret, shown), (client, None))]
    for who, proof in asking:
        code, _ = save_code(who.client_id, str(alice.pk))
        with CaptureQueriesContext(connection) as captured:
            assert (
                post(anybody, TOKEN, code_form(who, code) | (proof or assertion_form(who.client_id))).status_code == 200
            )
        cost[who.client_id] = len(captured)
    assert cost[client.client_id] == cost[secret.client_id] + 1


@pytest.mark.covers("S77 logs")
def test_no_assertion_is_logged_or_told_back(
    anybody: Client, alice: User, client: Registered, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    change_clients(client.client_id, jwks=None, jwks_uri="http://127.0.0.1:1/jwks")
    token = sign(claims_of(client.client_id))
    answers = [exchange(anybody, client, alice, token), exchange(anybody, client, alice, token[:-3])]
    parts = [part for part in token.split(".") if len(part) > 20]
    shown = caplog.text + "".join(each.content.decode() for each in answers)
    assert [part for part in parts if part in shown] == []
