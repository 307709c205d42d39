"""The token endpoint: what a code gives, and what must fit."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from accounts.models import LoginSession, Session, User
from tests.support import builders
from tests.support.builders import save_code
from tests.support.endpoints import exchange, is_unspent, location, tokens_of
from tests.support.held import everything_written, held, let_keys_be, only
from tests.support.messages import (
    AUTHORIZE,
    CHALLENGE,
    FORM_TYPE,
    REDIRECT_URI,
    TOKEN,
    VERIFIER,
    Registered,
    authorization_request,
    basic,
    code_form,
    refused,
)
from tokens import keys
from tokens.protocol import handles, id_token, pkce, records
from tokens.protocol.records import SigningKey

EXPIRED = refused("invalid_grant", "the code has expired: it works for 60 seconds", "code_expired")


# --- What a code gives


@pytest.mark.covers(
    "S12 token", "S39 aud", "S39 iss", "S39 client_id", "S39 jti", "S43 at_hash", "S43 nonce", "S43 azp"
)
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_code_gives_tokens_with_exactly_this_in_them(
    anybody: Client, browser: Client, alice: User, signing_keys: dict[str, SigningKey], alg: str
) -> None:
    client = builders.register(skip_consent=True, id_token_signed_response_alg=alg)
    _, answered = location(browser.get(AUTHORIZE, authorization_request(client)))
    answer = exchange(anybody, client, answered["code"])
    assert answer.status_code == 200, answer.content
    assert (answer["Cache-Control"], answer["Content-Type"]) == ("no-store", "application/json")
    body = answer.json()
    access_token, identity_token = body["access_token"], body["id_token"]
    access, identity = _read(access_token, "RS256", "at+jwt"), _read(identity_token, alg, "JWT")
    assert body == {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "openid profile email",
        "refresh_token": body["refresh_token"],
        "id_token": identity_token,
    }
    login = LoginSession.objects.get()
    signed_in = {"auth_time": int(login.auth_time.timestamp()), "acr": "1", "amr": login.amr}
    row = only(records.Authorization)
    jti, iat = access["jti"], access["iat"]
    assert handles.parse(jti) == jti
    assert abs(iat - datetime.now(UTC).timestamp()) < 60
    assert access == {
        "iss": "http://localhost:8000",
        "aud": "http://localhost:8000",
        "sub": str(alice.pk),
        "client_id": client.client_id,
        "scope": "openid profile email",
        "authorization_id": row.id,
        "iat": iat,
        "exp": iat + 300,
        "jti": jti,
        **signed_in,
    }
    assert identity == {
        "iss": "http://localhost:8000",
        "aud": client.client_id,
        "azp": client.client_id,
        "sub": str(alice.pk),
        "iat": iat,
        "exp": iat + 600,
        "nonce": "n-0S6_WzA2Mj",
        "sid": login.sid,
        "at_hash": id_token.half_hash(access_token, alg),
        **signed_in,
        "name": "Alice Liddell",
        "given_name": "Alice",
        "family_name": "Liddell",
        "preferred_username": "alice",
        "updated_at": int(alice.updated_at.timestamp()),
        "email": "alice@example.org",
        "email_verified": True,
    }


def test_without_openid_there_is_no_id_token(anybody: Client, alice: User, web: Registered) -> None:
    tokens = tokens_of(anybody, web, alice.pk, scope=("profile",))
    assert tokens == {
        "access_token": tokens["access_token"],
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "profile",
        "refresh_token": tokens["refresh_token"],
    }


@pytest.mark.covers("S38 handles", "S38 secrets")
def test_no_token_code_or_secret_is_kept_in_the_database(anybody: Client, alice: User, web: Registered) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    response = exchange(anybody, web, code).json()
    api = builders.protect("urn:api", "read", caller=web, access_token_format="opaque")
    opaque = tokens_of(anybody, web, alice.pk, resource=(api,))["access_token"]
    kept = everything_written() + repr([list(model.objects.values()) for model in (Session, LoginSession)])
    tokens = [response[name] for name in ("access_token", "id_token", "refresh_token")]
    credentials = [code, *tokens, opaque, web.client_secret, VERIFIER]
    assert [credential for credential in credentials if credential in kept] == []


# --- What must fit


@pytest.mark.covers(
    "S21 redirect_uri",
    "S21 PKCE",
    "S23 verifier",
    "S24 form",
    "CVE-2023-48228 absent",
    "CVE-2023-48228 empty",
    "attacker response",
)
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": None}, "invalid_request"),
        ({"code": ""}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"redirect_uri": f"{REDIRECT_URI}/"}, "invalid_grant"),
        ({"redirect_uri": f"{REDIRECT_URI}?"}, "invalid_grant"),
        ({"redirect_uri": "https://rp.example/other"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"code_verifier": VERIFIER[:-1] + "x"}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"code_verifier": VERIFIER[:42]}, "invalid_grant"),
        ({"code_verifier": "v" * 129}, "invalid_grant"),
        ({"code_verifier": "v" * 100_000}, "invalid_grant"),
        ({"code_verifier": VERIFIER[:-1] + "\N{LATIN SMALL LETTER LONG S}"}, "invalid_grant"),
    ],
)
def test_what_does_not_fit_the_authorization_request_is_refused_and_burns_nothing(
    anybody: Client, alice: User, web: Registered, changes: dict[str, str | None], error: str
) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    answer = exchange(anybody, web, code, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert not held(records.Authorization)
    assert exchange(anybody, web, code).status_code == 200


@pytest.mark.covers("S14 token", "S23 verifier", "CVE-2023-48228 two")
@pytest.mark.parametrize("name", ["code_verifier", "code", "redirect_uri", "grant_type", "client_id", "client_secret"])
def test_no_parameter_may_come_twice_though_one_of_the_two_fits(
    anybody: Client, alice: User, web: Registered, name: str
) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    form = urlencode(code_form(web, code, client_id=web.client_id))
    for second in ("", "wrong"):
        body = f"{form}&{name}={second}&{name}={second}"
        answer = anybody.post(TOKEN, body, content_type=FORM_TYPE, headers=basic(web.client_id, web.client_secret))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert is_unspent(code, web)


@pytest.mark.covers("S23 none")
def test_a_verifier_for_a_code_without_a_challenge_is_a_downgrade(
    anybody: Client, alice: User, web: Registered
) -> None:
    code, _ = save_code(web.client_id, str(alice.pk), code_challenge=None)
    assert exchange(anybody, web, code).json()["error"] == "invalid_grant"
    assert exchange(anybody, web, code, code_verifier=None).status_code == 200


@pytest.mark.covers("S22 plain")
def test_a_challenge_is_never_compared_as_plain(anybody: Client, alice: User, web: Registered) -> None:
    code, _ = save_code(web.client_id, str(alice.pk), code_challenge=VERIFIER)
    assert exchange(anybody, web, code).json()["error"] == "invalid_grant"


def test_another_verifier_of_the_rfcs_form_works_too(anybody: Client, alice: User, web: Registered) -> None:
    verifier = "-._~" * 32
    code, _ = save_code(web.client_id, str(alice.pk), code_challenge=pkce.challenge_of(verifier))
    assert exchange(anybody, web, code, code_verifier=verifier).status_code == 200


def test_a_code_works_until_its_last_microsecond_and_not_at_its_end(
    anybody: Client, alice: User, web: Registered, clock: Any
) -> None:
    end = datetime(2026, 7, 1, 12, tzinfo=UTC)
    code, _ = save_code(web.client_id, str(alice.pk), expires=end)
    clock(end + timedelta(days=1))
    assert exchange(anybody, web, code).json() == EXPIRED
    clock(end)
    assert exchange(anybody, web, code).json() == EXPIRED
    clock(end - timedelta(microseconds=1))
    assert exchange(anybody, web, code).status_code == 200


def test_expires_in_is_what_the_token_says(anybody: Client, alice: User, web: Registered) -> None:
    code, _ = save_code(web.client_id, str(alice.pk), authorization_expires=datetime.now(UTC) + timedelta(seconds=100))
    tokens = exchange(anybody, web, code).json()
    claims = _read(tokens["access_token"], "RS256", "at+jwt")
    # Whole seconds of three instants: a client may think it one second shorter than it is, never longer.
    assert claims["exp"] - claims["iat"] - tokens["expires_in"] in (0, 1)
    assert tokens["expires_in"] <= 100


# --- In what state


@pytest.mark.covers("S33 person", "S70 delete", "CVE-2026-1609")
@pytest.mark.parametrize("change", ["inactive", "deleted"])
def test_a_person_who_is_gone_gets_no_tokens(anybody: Client, alice: User, web: Registered, change: str) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    if change == "inactive":
        alice.is_active = False
        alice.save()
    else:
        alice.delete()
    answer = exchange(anybody, web, code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert not held(records.Authorization)


def test_without_a_signing_key_the_answer_is_503_and_the_code_is_not_burnt(
    anybody: Client, alice: User, web: Registered
) -> None:
    code, _ = save_code(web.client_id, str(alice.pk))
    let_keys_be("retired")
    keys._made.cache_clear()
    answer = exchange(anybody, web, code)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert int(answer["Retry-After"]) > 0
    assert is_unspent(code, web)


def _read(token: str, alg: str, typ: str) -> dict[str, Any]:
    """The claims, checked with only the published key, as a relying party would."""
    published = {key["kid"]: key for key in Client().get("/oauth2/jwks").json()["keys"]}
    kid = jws.extract_compact(token.encode()).headers()["kid"]
    key = (RSAKey if alg == "RS256" else ECKey).import_key(published[kid])
    verified = jws.deserialize_compact(token, key, algorithms=[alg])
    assert verified.headers() == {"alg": alg, "typ": typ, "kid": kid}
    claims: dict[str, Any] = json.loads(verified.payload)
    return claims
