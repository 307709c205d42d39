"""ID tokens as a relying party sees them: verified by jwcrypto, a library that made none of them."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from jwcrypto import jwk, jws

from accounts.models import LoginSession, User
from tests.endpoints.lifecycle import END_SESSION, refresh
from tests.support import builders
from tests.support.endpoints import redeem, tokens_of
from tests.support.messages import USERINFO, bearer
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


@pytest.mark.covers("S40 alg", "S43 at_hash")
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
        "name": "Alice Liddell",
        "given_name": "Alice",
        "family_name": "Liddell",
        "preferred_username": "alice",
        "updated_at": first["updated_at"],
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


@pytest.mark.covers("S43 at_hash")
def test_it_is_bound_to_an_opaque_access_token_too(anybody: Client, alice: User) -> None:
    client = builders.register("web", id_token_signed_response_alg="EdDSA")
    builders.protect("urn:api", "read", caller=client, access_token_format="opaque")
    tokens = tokens_of(anybody, client, alice.pk, resource=("urn:api",))
    assert read(tokens["id_token"], "EdDSA")["at_hash"] == half_hash(tokens["access_token"], "EdDSA")


@pytest.mark.covers("S28 scope")
def test_what_was_asked_for_one_by_one_is_in_it_and_in_the_refreshed_one(anybody: Client, alice: User) -> None:
    client = builders.register("web", claims_in_id_token=False)
    wanted = ClaimsRequest(id_token=("email", "name", "auth_time", "birthdate"), userinfo=("given_name",))
    plain = read(tokens_of(anybody, client, alice.pk)["id_token"], "RS256").keys()
    tokens = tokens_of(anybody, client, alice.pk, claims=wanted)
    for answer in (tokens, refresh(anybody, client, tokens["refresh_token"]).json()):
        claims = read(answer["id_token"], "RS256")
        assert claims.keys() | {"nonce"} == plain | {"email", "name"}
        assert (claims["email"], claims["name"]) == ("alice@example.org", "Alice Liddell")


PROFILE = {"name", "given_name", "family_name", "preferred_username", "updated_at"}
EMAIL = {"email", "email_verified"}
PROTOCOL = {"iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "acr", "amr", "sid", "at_hash"}
SAID = {"openid": set(), "openid profile": PROFILE, "openid email": EMAIL, "openid profile email": PROFILE | EMAIL}


@pytest.mark.covers("S28 scope")
@pytest.mark.parametrize("kind", ["web", "spa", "native"])
@pytest.mark.parametrize("member", [None, True, False])
@pytest.mark.parametrize("scope", SAID)
def test_it_says_what_the_scopes_cover_at_every_kind_of_client_unless_its_member_is_off(
    anybody: Client, alice: User, kind: str, member: bool | None, scope: str
) -> None:
    """What userinfo says of the person, it says too: by default, and refreshed as well."""
    members: dict[str, Any] = {} if member is None else {"claims_in_id_token": member}
    client = builders.register(kind, **members)
    method = "client_secret_basic" if client.client_secret else "none"
    code, _ = builders.save_code(client.client_id, str(alice.pk), scope=(*scope.split(), "offline_access"))
    tokens = redeem(anybody, client, code, method).json()
    said = set() if member is False else SAID[scope]
    told = anybody.get(USERINFO, headers=bearer(tokens["access_token"])).json()
    assert told.keys() == {"sub"} | SAID[scope]
    for answer in (tokens, refresh(anybody, client, tokens["refresh_token"], method).json()):
        claims = read(answer["id_token"], "RS256")
        assert claims.keys() - {"nonce"} == PROTOCOL | said
        assert {name: claims[name] for name in said} == {name: told[name] for name in said}


@pytest.mark.covers("S28 scope")
def test_a_refreshed_one_says_what_is_true_now_and_no_more_than_the_narrowed_scope(
    anybody: Client, alice: User
) -> None:
    client = builders.register("web")
    tokens = tokens_of(anybody, client, alice.pk, scope=("openid", "profile", "email"))
    User.objects.update(family_name="Hargreaves", email="alice@example.net", email_verified=False)
    claims = read(refresh(anybody, client, tokens["refresh_token"]).json()["id_token"], "RS256")
    assert (claims["family_name"], claims["email"], claims["email_verified"]) == (
        *("Hargreaves", "alice@example.net"),
        False,
    )
    narrowed = refresh(anybody, client, tokens["refresh_token"], scope="openid email").json()
    assert read(narrowed["id_token"], "RS256").keys() == PROTOCOL | EMAIL


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [("Alice Liddell", "Al", "Alice Liddell"), ("", "Alice", "Alice"), ("", "", "alice")],
)
def test_who_has_no_name_goes_by_their_user_name_unless_the_clients_member_is_off(
    anybody: Client, alice: User, name: str, given: str, said: str
) -> None:
    User.objects.update(name=name, given_name=given, family_name="")
    taking, other = builders.register("web"), builders.register("web", username_as_name=False)
    for client, expected in ((taking, said), (other, None if said == "alice" else said)):
        tokens = tokens_of(anybody, client, alice.pk)
        told = anybody.get(USERINFO, headers=bearer(tokens["access_token"])).json()
        assert read(tokens["id_token"], "RS256").get("name") == told.get("name") == expected


@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_the_largest_one_comes_back_as_a_hint_and_userinfo_says_what_it_had_no_room_for(
    anybody: Client, browser: Client, alice: User, alg: str, caplog: pytest.LogCaptureFixture
) -> None:
    link = "https://example.org/" + "p" * 480
    long = {"profile": link, "picture": link, "website": link, "name": "\U0001f600" * 300, "middle_name": "é" * 150}
    User.objects.update(**long, street_address="é" * 300, country="ü" * 100)
    bye = "https://rp.example/" + "b" * 180
    client = builders.register(
        "web", id_token_signed_response_alg=alg, post_logout_redirect_uris=[bye], subject_type="pairwise"
    )
    scope = ("openid", "profile", "email", "address", "phone")
    tokens = tokens_of(anybody, client, alice.pk, scope=scope, nonce="n" * 512, sid=LoginSession.objects.get().sid)
    token = tokens["id_token"]
    assert 3500 < len(token) <= 5000
    claims = read(token, alg)
    told = anybody.get(USERINFO, headers=bearer(tokens["access_token"])).json()
    assert told.keys() - claims.keys() == {"address", "name", "middle_name"}
    assert f"client {client.client_id}: an ID token had no room for middle_name, name, address" in caplog.text
    assert "😀" not in caplog.text
    query = {"id_token_hint": token, "post_logout_redirect_uri": bye, "state": "s" * 500, "client_id": client.client_id}
    assert browser.get(END_SESSION, query)["Location"].startswith(bye)
    assert LoginSession.objects.get().ended_at is not None


@pytest.mark.covers("S33 person", "S70 disable")
def test_nothing_is_said_in_it_of_a_person_who_is_switched_off_behind_our_back(anybody: Client, alice: User) -> None:
    client = builders.register("web")
    tokens = tokens_of(anybody, client, alice.pk, claims=ClaimsRequest(id_token=("email",)))
    User.objects.update(is_active=False)
    answer = refresh(anybody, client, tokens["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
