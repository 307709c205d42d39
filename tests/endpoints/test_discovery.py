"""Discovery, RFC 8414 metadata and the JWK Set."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.support.held import let_keys_be
from tests.support.messages import REDIRECT_URI, refused
from tokens import keys
from tokens.checks import signing_fault
from tokens.conf import SIGNING_ALGS, Tokens, conf
from tokens.keys import local, rotation
from tokens.protocol.records import SigningKey
from tokens.registration import clients
from tokens.stores import store

ISSUER = "http://localhost:8000"
WELL_KNOWN = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
WITH_A_SECRET = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.mark.covers("S7 metadata", "S22 plain", "S76 issuer")
@pytest.mark.parametrize("path", WELL_KNOWN)
def test_both_documents_say_what_this_server_does(anybody: Client, path: str) -> None:
    answer = anybody.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert answer.json() == {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/oauth2/authorize",
        "token_endpoint": f"{ISSUER}/oauth2/token",
        "userinfo_endpoint": f"{ISSUER}/oauth2/userinfo",
        "introspection_endpoint": f"{ISSUER}/oauth2/introspect",
        "revocation_endpoint": f"{ISSUER}/oauth2/revoke",
        "end_session_endpoint": f"{ISSUER}/oauth2/logout",
        "jwks_uri": f"{ISSUER}/oauth2/jwks",
        "scopes_supported": ["openid", "profile", "email", "address", "phone", "groups", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "userinfo_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "token_endpoint_auth_methods_supported": [*WITH_A_SECRET, "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "introspection_endpoint_auth_methods_supported": WITH_A_SECRET,
        "introspection_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "revocation_endpoint_auth_methods_supported": [*WITH_A_SECRET, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": ["1", "mfa", "phr"],
        "ui_locales_supported": ["ar", "de", "en"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            *("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid"),
            *("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile"),
            *("picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email"),
            *("email_verified", "address", "phone_number", "phone_number_verified", "groups"),
        ],
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


def test_the_jwk_set_has_the_public_halves_and_may_be_cached_by_anybody(
    anybody: Client, signing_keys: dict[str, SigningKey]
) -> None:
    answer = anybody.get("/oauth2/jwks")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/jwk-set+json")
    assert answer["Cache-Control"] == "public, max-age=900"
    assert answer["Access-Control-Allow-Origin"] == "*"
    rsa, ps, ec, ed = (signing_keys[alg] for alg in ("RS256", "PS256", "ES256", "EdDSA"))
    expected = {
        "keys": [
            {"kty": "RSA", "n": rsa.public["n"], "e": "AQAB", "kid": rsa.kid, "use": "sig", "alg": "RS256"},
            {"kty": "RSA", "n": ps.public["n"], "e": "AQAB", "kid": ps.kid, "use": "sig", "alg": "PS256"},
            {
                "kty": "EC",
                "crv": "P-256",
                "x": ec.public["x"],
                "y": ec.public["y"],
                "kid": ec.kid,
                "use": "sig",
                "alg": "ES256",
            },
            {"kty": "OKP", "crv": "Ed25519", "x": ed.public["x"], "kid": ed.kid, "use": "sig", "alg": "EdDSA"},
        ]
    }
    assert answer.json() == expected


def test_the_first_key_is_one_that_everybody_knows_and_the_order_is_no_chance(
    anybody: Client, pairs: list[SigningKey]
) -> None:
    """A naive reader takes the first key of the set, or of an algorithm: that has to be the one that signs."""
    coming = {pair.alg: local.generate(pair.alg, pair.created, "next") for pair in pairs}
    for alg in reversed(coming):
        assert store().keys.add(coming[alg])
    keys._made.cache_clear()
    published = anybody.get("/oauth2/jwks").json()["keys"]
    expected = [kid for pair in pairs for kid in (pair.kid, coming[pair.alg].kid)]
    assert [key["kid"] for key in published] == expected
    assert [key["alg"] for key in published[::2]] == ["RS256", "PS256", "ES256", "EdDSA"]


OFFERS = [("RS256",), ("ES256", "RS256"), ("EdDSA", "PS256", "RS256"), SIGNING_ALGS]


@pytest.mark.parametrize("offered", OFFERS, ids=" ".join)
def test_an_algorithm_that_is_left_out_is_nowhere(
    anybody: Client, alice: User, settings: Settings, offered: tuple[str, ...]
) -> None:
    settings.TOKENS = replace(conf(), signing_algs=offered)
    assert list(settings.TOKENS.faults()) == []
    for key in store().keys.all():
        if key.alg not in offered:
            assert store().keys.revoke(key.kid)
    keys._made.cache_clear()
    in_order = [alg for alg in SIGNING_ALGS if alg in offered]
    document = anybody.get(WELL_KNOWN[0]).json()
    for use in ("id_token", "userinfo"):
        assert document[f"{use}_signing_alg_values_supported"] == in_order
    assert [key["alg"] for key in anybody.get("/oauth2/jwks").json()["keys"]] == in_order
    assert signing_fault() is None
    assert rotation.rotate(datetime.now(UTC)) == []
    for alg in SIGNING_ALGS:
        refused = None
        try:
            clients.create(
                "web", {"client_name": "x", "redirect_uris": [REDIRECT_URI], "id_token_signed_response_alg": alg}
            )
        except ValidationError as error:
            refused = error.message_dict
        told = {
            "id_token_signed_response_alg": [f"is not offered here: IDP_TOKENS_SIGNING_ALGS has {', '.join(in_order)}"]
        }
        assert refused == (None if alg in offered else told)


@pytest.mark.parametrize(
    ("chosen", "fault"),
    [((), "RS256 has to be"), (("ES256",), "RS256 has to be"), (("RS256", "HS256"), "HS256 is not one of")],
)
def test_what_cannot_be_offered_stops_the_start(chosen: tuple[str, ...], fault: str) -> None:
    said, *others = Tokens(signing_algs=chosen).faults()
    assert all(other.startswith("IDP_TOKENS_ACCESS_TOKEN_SIGNED_RESPONSE_ALG: ") for other in others)
    assert said.startswith(f"IDP_TOKENS_SIGNING_ALGS: {fault}")


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        *((None, "application/jwk-set+json"), ("*/*", "application/jwk-set+json"), ("", "application/jwk-set+json")),
        *(("application/json", "application/json"), ("application/jwk-set+json", "application/jwk-set+json")),
        ("application/json, application/jwk-set+json;q=0.5", "application/json"),
        ("application/json, */*", "application/json"),
        *(("text/html", "application/jwk-set+json"), ("application/json;q=0, */*", "application/jwk-set+json")),
        *((";;;,,q=x", "application/jwk-set+json"), ("a" * 5000, "application/jwk-set+json")),
    ],
)
def test_the_jwk_set_is_of_the_type_that_was_asked_for(anybody: Client, accept: str | None, answered: str) -> None:
    answer = anybody.get("/oauth2/jwks", headers={} if accept is None else {"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, answered)
    assert "Accept" in answer["Vary"].split(", ")
    others = anybody.get("/oauth2/jwks", headers={"Accept": "application/json"})
    assert (answer["ETag"] == others["ETag"]) == (answered == "application/json")
    assert answer.json() == others.json()


@pytest.mark.covers("S41 RSA", "S41 kid")
def test_no_private_member_is_published_kids_are_unique_and_rsa_has_2048_bits(anybody: Client) -> None:
    published = anybody.get("/oauth2/jwks").json()["keys"]
    assert not any(PRIVATE & key.keys() for key in published)
    assert len({key["kid"] for key in published}) == len(published) == 4
    moduli = [base64.urlsafe_b64decode(key["n"] + "==") for key in published if key["kty"] == "RSA"]
    assert [int.from_bytes(modulus).bit_length() for modulus in moduli] == [2048, 2048]


@pytest.mark.covers("S41 overlap")
def test_a_retired_key_is_not_published_and_a_coming_and_a_going_one_are(
    anybody: Client, signing_keys: dict[str, SigningKey]
) -> None:
    rsa = signing_keys["RS256"]
    others = {key.kid for key in signing_keys.values()} - {rsa.kid}
    for state, published in (("next", {rsa.kid}), ("retiring", {rsa.kid}), ("retired", set()), ("revoked", set())):
        let_keys_be(state, kid=rsa.kid)
        keys._made.cache_clear()
        found = {key["kid"] for key in anybody.get("/oauth2/jwks").json()["keys"]}
        assert found == others | published


@pytest.mark.covers("S38 keys")
def test_a_private_key_at_rest_is_sealed(signing_keys: dict[str, SigningKey]) -> None:
    for row in store().keys.all():
        kept = json.dumps({"public": row.public, "private": row.private})
        assert not any(f'"{member}"' in kept for member in PRIVATE)
        assert "BEGIN" not in kept


@pytest.mark.covers("S9 jwks", "S9 metadata")
@pytest.mark.parametrize("path", [*WELL_KNOWN, "/oauth2/jwks"])
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_any_origin_may_read_and_none_with_credentials(anybody: Client, path: str, method: str) -> None:
    answer: Any = getattr(anybody, method)(path, headers={"Origin": "https://spa.example"})
    assert answer.status_code == (204 if method == "options" else 200)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    if method != "get":
        assert answer.content == b""


@pytest.mark.parametrize("path", [*WELL_KNOWN, "/oauth2/jwks"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_another_method_is_refused_with_what_is_allowed(anybody: Client, path: str, method: str) -> None:
    answer: Any = getattr(anybody, method)(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
    why = f"{method.upper()} is not allowed here: GET, HEAD, OPTIONS"
    assert answer.json() == refused("invalid_request", why, "method_not_allowed")


@pytest.mark.parametrize("path", [*WELL_KNOWN, "/oauth2/jwks"])
@pytest.mark.parametrize("query", ["%ff=%00", "a=1&a=2", "x=" + "y" * 1_000_000])
def test_what_stands_in_the_query_does_not_matter(anybody: Client, path: str, query: str) -> None:
    assert anybody.get(f"{path}?{query}").status_code == 200
