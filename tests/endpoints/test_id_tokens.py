"""ID tokens as a relying party sees them: verified by jwcrypto, a library that made none of them."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from jwcrypto import jwk, jws

from accounts.models import User
from tests.endpoints.lifecycle import refresh
from tests.support import builders
from tests.support.endpoints import tokens_of
from tokens.conf import SIGNING_ALGS
from tokens.protocol.records import ClaimsRequest

HASHES = {"RS256": hashlib.sha256, "PS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}


def read(token: str, alg: str) -> dict[str, Any]:
    """The claims, under the published key that the header names and no other algorithm."""
    published = jwk.JWKSet.from_json(Client().get("/oauth2/jwks").content.decode())
    read = jws.JWS()
    read.allowed_algs = [alg]
    read.deserialize(token)
    read.verify(published.get_key(read.jose_header["kid"]))
    assert read.jose_header == {"alg": alg, "typ": "JWT", "kid": read.jose_header["kid"]}
    claims: dict[str, Any] = json.loads(read.payload)
    return claims


def half_hash(token: str, alg: str) -> str:
    digest = HASHES[alg](token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


@pytest.mark.covers("S40", "S43")
@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_it_is_signed_as_the_client_wants_and_bound_to_its_access_token(
    anybody: Client, alice: User, clock: Any, alg: str
) -> None:
    client = builders.register("web", id_token_signed_response_alg=alg)
    before = tokens_of(anybody, client, alice.pk)
    first = read(before["id_token"], alg)
    assert first == {
        "iss": "http://localhost:8000",
        "sub": str(alice.pk),
        "aud": client.client_id,
        "azp": client.client_id,
        "exp": first["iat"] + 600,
        "iat": first["iat"],
        "auth_time": first["auth_time"],
        "acr": "1",
        "amr": ["pwd"],
        "sid": "0.sid",
        "nonce": "n-0S6_WzA2Mj",
        "at_hash": half_hash(before["access_token"], alg),
    }
    now = datetime.now(UTC) + timedelta(hours=1)
    clock(now)
    after = refresh(anybody, client, before["refresh_token"]).json()
    # OpenID Connect Core §12.2: all as it was, and no nonce.
    assert read(after["id_token"], alg) == {name: value for name, value in first.items() if name != "nonce"} | {
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 600,
        "at_hash": half_hash(after["access_token"], alg),
    }


@pytest.mark.covers("S43")
def test_it_is_bound_to_an_opaque_access_token_too(anybody: Client, alice: User) -> None:
    client = builders.register("web", id_token_signed_response_alg="EdDSA")
    builders.protect("urn:api", "read", caller=client, access_token_format="opaque")
    tokens = tokens_of(anybody, client, alice.pk, resource=("urn:api",))
    assert read(tokens["id_token"], "EdDSA")["at_hash"] == half_hash(tokens["access_token"], "EdDSA")


@pytest.mark.covers("S28")
def test_what_was_asked_for_one_by_one_is_in_it_and_in_the_refreshed_one(anybody: Client, alice: User) -> None:
    client = builders.register("web")
    wanted = ClaimsRequest(id_token=("email", "name", "auth_time", "birthdate"), userinfo=("given_name",))
    plain = read(tokens_of(anybody, client, alice.pk)["id_token"], "RS256").keys()
    tokens = tokens_of(anybody, client, alice.pk, claims=wanted)
    for answer in (tokens, refresh(anybody, client, tokens["refresh_token"]).json()):
        claims = read(answer["id_token"], "RS256")
        assert claims.keys() | {"nonce"} == plain | {"email", "name"}
        assert (claims["email"], claims["name"]) == ("alice@example.org", "Alice Liddell")


@pytest.mark.covers("S33", "S70")
def test_nothing_is_said_in_it_of_a_person_who_is_switched_off_behind_our_back(anybody: Client, alice: User) -> None:
    client = builders.register("web")
    tokens = tokens_of(anybody, client, alice.pk, claims=ClaimsRequest(id_token=("email",)))
    User.objects.update(is_active=False)
    answer = refresh(anybody, client, tokens["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
