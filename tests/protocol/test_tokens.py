"""What is in the tokens (OpenID Connect Core §2, RFC 9068 §2.2)."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.builders import ISSUER, NOW, SUBJECT, authorization
from tokens.protocol import access_token, id_token
from tokens.protocol.authorization_request import MAX_NONCE
from tokens.protocol.records import Authorization

IAT = int(NOW.timestamp())
CORE_A3 = ("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "77QmUPtjPfzWtF2AnpK9RQ")
"""OpenID Connect Core §A.3: the at_hash of this token, under RS256."""
CORE_A4 = ("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk", "LDktKdoQak3Pk0cnXxCltA")
"""§A.4 and §A.6: the c_hash of this code."""


@pytest.mark.covers("S43 at_hash")
@pytest.mark.parametrize(("value", "expected"), [CORE_A3, CORE_A4])
def test_half_hashes_are_those_of_openid_connect_core(value: str, expected: str) -> None:
    assert id_token.half_hash(value, "RS256") == expected
    assert id_token.half_hash(value, "ES256") == id_token.half_hash(value, "PS256") == expected


@pytest.mark.covers("S43 at_hash")
def test_under_eddsa_a_half_hash_is_of_sha512_which_ed25519_signs_with() -> None:
    """SHA-512 of "abc" (FIPS 180-2 appendix C.1) begins with these 256 bits."""
    half = bytes.fromhex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a")
    assert id_token.half_hash("abc", "EdDSA") == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def test_what_is_said_of_the_person_stands_beside_the_rest_and_never_in_its_place() -> None:
    plain = _id_token(authorization())
    email = {"email": "a@example.org"}
    assert id_token.with_claims_of_person(plain, email, wanted=()) == (plain | email, ())
    hostile = {"sub": "other", "aud": "other", "acr": "9"}
    assert id_token.with_claims_of_person(plain, hostile, wanted=()) == (plain, ())


@pytest.mark.parametrize(("length", "fits"), [(1000, True), (1900, True), (2250, False), (4000, False)])
def test_as_much_is_said_of_the_person_as_there_is_room_for(length: int, fits: bool) -> None:
    """The longest is left out first, what was asked for one by one last; an RSA signature of 4,096 bits fits too."""
    plain = _id_token(authorization(), nonce="n" * MAX_NONCE, sid="0.sid")
    of_person = {"a": "a" * (length // 2), "b": "b" * (length // 2 + 1), "c": "c" * 100}

    def characters(claims: dict[str, Any]) -> int:
        header = base64.b64encode(json.dumps({"alg": "RS256", "typ": "JWT", "kid": "k" * 100}).encode())
        payload = base64.b64encode(json.dumps(claims, separators=(",", ":")).encode())
        return len(header) + len(payload) + len(base64.b64encode(b"s" * 512)) + len("..")

    whole, left_out = id_token.with_claims_of_person(plain, of_person, wanted=())
    assert left_out == (() if fits else ("b",))
    assert characters(whole) <= id_token.MAX_LENGTH
    assert fits == (characters(plain | of_person) <= id_token.MAX_LENGTH)
    _, left_out = id_token.with_claims_of_person(plain, of_person, wanted=("b",))
    assert left_out == (() if fits else ("a",))


def test_what_was_asked_for_one_by_one_is_left_out_too_where_it_alone_is_too_long() -> None:
    plain, of_person = _id_token(authorization()), {"a": "a" * 5000, "b": "b" * 5000, "c": "c"}
    assert id_token.with_claims_of_person(plain, of_person, wanted=("a",)) == (plain | {"c": "c"}, ("a", "b"))


@pytest.mark.covers("S28 audience")
@pytest.mark.parametrize(("audience", "said"), [(("urn:a",), "urn:a"), (("urn:a", ISSUER), ["urn:a", ISSUER])])
def test_one_audience_is_a_text_and_several_are_a_list(audience: tuple[str, ...], said: object) -> None:
    assert _access_token(None, subject="0.client", scope=(), audience=audience)["aud"] == said


@pytest.mark.covers("S43 at_hash", "S43 nonce", "S43 azp")
def test_an_id_token_has_exactly_these_claims() -> None:
    assert _id_token(authorization(), nonce="n-0S6_WzA2Mj", sid="0.sid") == {
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": "0.client",
        "exp": IAT + 600,
        "iat": IAT,
        "auth_time": IAT - 60,
        "acr": "1",
        "amr": ["pwd"],
        "azp": "0.client",
        "at_hash": CORE_A3[1],
        "sid": "0.sid",
        "nonce": "n-0S6_WzA2Mj",
    }


@pytest.mark.covers("S43 nonce")
def test_an_id_token_without_session_and_nonce_leaves_them_out() -> None:
    claims = _id_token(authorization())
    assert claims.keys() == {"iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "azp", "at_hash"}


@pytest.mark.covers("S39 aud", "S39 iss", "S39 client_id", "S39 jti")
def test_an_access_token_has_exactly_these_claims() -> None:
    granted = authorization()
    assert _access_token(granted, subject=SUBJECT, scope=("openid", "profile")) == {
        "iss": ISSUER,
        "exp": IAT + 300,
        "aud": ISSUER,
        "sub": SUBJECT,
        "client_id": "0.client",
        "iat": IAT,
        "jti": "0.jti",
        "scope": "openid profile",
        "auth_time": IAT - 60,
        "acr": "1",
        "amr": ["pwd"],
        "authorization_id": granted.id,
    }


@pytest.mark.covers("S39 aud", "S39 iss", "S39 client_id", "S39 jti")
def test_an_access_token_of_a_client_that_acts_for_itself_tells_of_no_sign_in() -> None:
    assert _access_token(None, subject="0.client", scope=()) == {
        "iss": ISSUER,
        "exp": IAT + 300,
        "aud": ISSUER,
        "sub": "0.client",
        "client_id": "0.client",
        "iat": IAT,
        "jti": "0.jti",
    }


@pytest.mark.covers("S39 ID token", "S39 access token")
def test_the_two_kinds_of_token_tell_themselves_apart_by_what_only_an_access_token_has() -> None:
    assert (access_token.TYPS, id_token.TYP) == (("at+jwt", "JWT"), "JWT")
    access, identity = _access_token(None, subject=SUBJECT, scope=()), _id_token(authorization())
    assert (access_token.is_one(access), access_token.is_one(identity)) == (True, False)
    assert (id_token.is_one(access), id_token.is_one(identity)) == (False, True)


@pytest.mark.covers("S39 ID token", "S39 access token")
@pytest.mark.parametrize("marks", [{"client_id"}, {"jti"}, {"client_id", "jti"}])
def test_no_claim_of_a_person_makes_an_access_token_of_an_id_token(marks: set[str]) -> None:
    of_person = dict.fromkeys(marks, "x") | {"name": "Alice"}
    claims, _ = id_token.with_claims_of_person(_id_token(authorization()), of_person, wanted=marks)
    assert (marks.isdisjoint(claims), claims["name"]) == (True, "Alice")
    assert not id_token.is_one(claims | dict.fromkeys(marks, "x"))


def _id_token(granted: Authorization, **changes: Any) -> dict[str, object]:
    return id_token.claims(
        granted,
        issuer=ISSUER,
        subject=SUBJECT,
        sid=changes.get("sid"),
        nonce=changes.get("nonce"),
        access_token=CORE_A3[0],
        alg="RS256",
        lifetime=timedelta(seconds=600),
        now=NOW,
    )


def _access_token(
    granted: Authorization | None, *, subject: str, scope: tuple[str, ...], audience: tuple[str, ...] = (ISSUER,)
) -> dict[str, object]:
    return access_token.claims(
        granted,
        issuer=ISSUER,
        audience=audience,
        subject=subject,
        client_id="0.client",
        scope=scope,
        jti="0.jti",
        expires=NOW + timedelta(seconds=300),
        now=NOW,
    )
