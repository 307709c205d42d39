"""private_key_jwt (RFC 7523 §2.2, §3; OpenID Connect Core §9)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws

from tests.support.assertions import JWT_BEARER, assertion_form, key_set, pair, public, sign, sign_raw
from tests.support.builders import ISSUER, NOW, client_record, client_secret, credentials, evidence
from tokens.protocol import jose
from tokens.protocol.client_authentication import METHODS, check, presented, private_key_jwt
from tokens.protocol.client_authentication.method import Presented
from tokens.protocol.client_authentication.private_key_jwt import Assertion
from tokens.protocol.client_metadata import faults
from tokens.protocol.errors import InvalidClient, InvalidRequest, OAuthError
from tokens.protocol.jwks import ALGS, VerifyingKey
from tokens.protocol.records import Client

CLIENT = "0.client"
IAT = int(NOW.timestamp())
TOKEN_ENDPOINT = f"{ISSUER}/oauth2/token"
AUDIENCES = {ISSUER, TOKEN_ENDPOINT}
GOOD: dict[str, Any] = {"iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "exp": IAT + 60, "iat": IAT, "jti": "j-1"}
SAME_WORDS = "client authentication failed"


# --- What was presented


def test_an_assertion_says_which_client_it_is_from_and_client_id_may_be_left_out() -> None:
    form = assertion_form(CLIENT, sign(GOOD))
    for more in ({}, {"client_id": CLIENT}):
        proof = presented(credentials(None, form | more))
        assert (proof.method, proof.client_id) == ("private_key_jwt", CLIENT)
        assert isinstance(proof.proof, Assertion)
        assert (proof.proof.jti, proof.proof.exp) == ("j-1", NOW + timedelta(seconds=60))


@pytest.mark.covers("S48 one")
@pytest.mark.parametrize(
    ("authorization", "more", "error", "description"),
    [
        ("Basic czpz", {}, InvalidRequest, "one a request"),
        ("Bearer x", {}, InvalidRequest, "one a request"),
        ("", {}, InvalidRequest, "one a request"),
        (None, {"client_secret": "s"}, InvalidRequest, "one a request"),
        (None, {"client_id": "0.other"}, InvalidClient, "client_id differs"),
        (
            None,
            {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
            InvalidClient,
            "not supported",
        ),
        (None, {"client_assertion_type": JWT_BEARER.upper()}, InvalidClient, "not supported"),
    ],
)
def test_nothing_stands_beside_an_assertion_that_says_otherwise(
    authorization: str | None, more: Mapping[str, str], error: type[OAuthError], description: str
) -> None:
    with pytest.raises(error, match=description):
        presented(credentials(authorization, {**assertion_form(CLIENT, sign(GOOD)), **more}))


@pytest.mark.parametrize("alone", ["client_assertion", "client_assertion_type"])
def test_the_assertion_and_its_type_come_together(alone: str) -> None:
    form = {alone: assertion_form(CLIENT, sign(GOOD))[alone], "client_id": CLIENT}
    with pytest.raises(InvalidRequest, match="come together"):
        presented(credentials(None, form))


@pytest.mark.covers("S78 garbage")
@pytest.mark.parametrize("name", ["iss", "sub", "jti", "exp"])
@pytest.mark.parametrize(
    "value",
    [None, "", [], {}, True, ["0.client"], "a" * 257, "a\x00", "\ud800", "a\nb", -1, 2**60, 1e300, -0.5],
)
def test_a_claim_that_is_missing_or_of_another_kind_is_refused(name: str, value: object) -> None:
    refusal = _refusal({**GOOD, name: value})
    assert refusal.isascii()
    assert '"' not in refusal


@pytest.mark.parametrize("name", ["iss", "sub"])
def test_iss_and_sub_are_one_client(name: str) -> None:
    for other in ("0.other", "0.clienT", "0.client ", ISSUER):
        assert "are both its client_id" in _refusal({**GOOD, name: other})


@pytest.mark.parametrize("jti", ["a", "a" * 256, "ümläut", "550e8400-e29b-41d4-a716-446655440000", "a b/c+d=="])
def test_a_jti_is_any_text_of_at_most_256_characters(jti: str) -> None:
    assert _read({**GOOD, "jti": jti}).jti == jti


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "application/jwt", "client-authentication+jwt"])
def test_the_types_of_an_assertion(typ: str | None) -> None:
    assert private_key_jwt.read(JWT_BEARER, sign(GOOD, typ=typ)).client_id == CLIENT


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt", "oauth-authz-req+jwt", "", "JOSE"])
def test_what_the_client_signed_for_something_else_is_no_assertion(typ: str) -> None:
    with pytest.raises(InvalidClient, match="typ of another kind"):
        private_key_jwt.read(JWT_BEARER, sign(GOOD, typ=typ))


@pytest.mark.covers("S44 size")
@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "a" * 20_000, sign_raw(b'{"alg":"none"}', b"{}", alg="none")])
def test_an_assertion_that_cannot_be_read_is_an_invalid_client(token: str) -> None:
    with pytest.raises(InvalidClient, match="the client assertion "):
        presented(credentials(None, assertion_form(CLIENT, token)))


# --- For us, and for now


@pytest.mark.covers("S49 aud")
@pytest.mark.parametrize(
    "aud", [ISSUER, TOKEN_ENDPOINT, [ISSUER], ["https://other.example", TOKEN_ENDPOINT], [5, None, ISSUER]]
)
def test_the_audience_is_the_issuer_or_the_endpoint_alone_or_among_others(aud: object) -> None:
    _check({**GOOD, "aud": aud})


@pytest.mark.covers("S49 aud", "attacker token endpoint")
@pytest.mark.parametrize(
    "aud",
    [
        *(None, "", [], {}, 5, True, "https://other.example", ["https://other.example"], [[ISSUER]], {ISSUER: 1}),
        *(f"{ISSUER}/", f"{ISSUER}/oauth2", f"{ISSUER}.evil.example", ISSUER.upper(), f" {ISSUER}", f"{ISSUER},x"),
    ],
)
def test_an_assertion_for_somebody_else_is_refused(aud: object) -> None:
    with pytest.raises(InvalidClient, match="aud of the client assertion"):
        _check({**GOOD, "aud": aud})


@pytest.mark.covers("S42 exp", "S42 nbf", "S42 iat", "S42 far", "S49 exp")
@pytest.mark.parametrize(
    ("claims", "description"),
    [
        ({"exp": IAT}, "has expired"),
        ({"exp": IAT - 1}, "has expired"),
        ({"exp": IAT - 0.5}, "has expired"),
        ({"exp": 0}, "has expired"),
        ({"exp": IAT + 3601}, "more than 3600 seconds ahead"),
        ({"exp": 2**36}, "more than 3600 seconds ahead"),
        ({"iat": IAT + 60}, "iat of the client assertion lies in the future"),
        ({"nbf": IAT + 60}, "nbf of the client assertion lies in the future"),
        ({"nbf": IAT + 590}, "nbf of the client assertion lies in the future"),
        ({"nbf": "now"}, "needs nbf"),
        ({"iat": None}, "needs iat"),
        ({"iat": True}, "needs iat"),
    ],
)
def test_an_assertion_for_another_time_is_refused(claims: dict[str, Any], description: str) -> None:
    with pytest.raises(InvalidClient, match=description):
        _check(GOOD | claims)


@pytest.mark.covers("S42 near")
@pytest.mark.parametrize(
    "claims",
    [{"exp": IAT + 3600}, {"exp": IAT + 1}, {"exp": IAT + 0.5}, {"iat": IAT + 10, "nbf": IAT + 10}, {"iat": 0}],
)
def test_a_clock_that_is_a_little_ahead_does_no_harm(claims: dict[str, Any]) -> None:
    _check(GOOD | claims)
    _check({name: value for name, value in GOOD.items() if name not in ("iat", "nbf")})


@pytest.mark.covers("S49 jti")
def test_a_jti_is_remembered_for_longer_than_a_slow_clock_takes_the_assertion() -> None:
    assert _read(GOOD).remembered == datetime.fromtimestamp(IAT + 60 + 60, UTC)


# --- Whether it is right


@pytest.mark.covers("S40 alg")
@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize("registered", ["", *ALGS])
def test_only_the_registered_algorithm_passes(alg: str, registered: str) -> None:
    client = _client(key_set(pair(alg)), token_endpoint_auth_signing_alg=registered)
    assert _passes(client, sign(GOOD, alg=alg)) == (registered in ("", alg))


@pytest.mark.covers("S47 token", "S48 stronger")
@pytest.mark.parametrize("method", METHODS)
def test_only_a_client_of_this_method_passes(method: str) -> None:
    client = _client(key_set(), token_endpoint_auth_method=method, secrets=(client_secret("s"),))
    assert _passes(client, sign(GOOD)) == (method == "private_key_jwt")
    for other in set(METHODS) - {"private_key_jwt", method}:
        with pytest.raises(InvalidClient, match=SAME_WORDS):
            check(Presented(other, CLIENT, "another"), client, evidence())


@pytest.mark.covers("S50 unknown")
@pytest.mark.parametrize(
    "client",
    [
        None,
        client_record(token_endpoint_auth_method="private_key_jwt"),
        client_record(token_endpoint_auth_method="private_key_jwt", enabled=False, jwks=key_set()),
        client_record(token_endpoint_auth_method="client_secret_post", jwks=key_set()),
        client_record(token_endpoint_auth_method="private_key_jwt", jwks=key_set(pair(kid="other"))),
        client_record(token_endpoint_auth_method="private_key_jwt", jwks=key_set(pair("ES256", "x"), pair("RS256"))),
        client_record(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [public(pair(kid="y"), kid="1")]}),
        client_record(
            token_endpoint_auth_method="private_key_jwt", jwks=key_set(), token_endpoint_auth_signing_alg="RS256"
        ),
    ],
    ids=["unknown", "no key", "disabled", "another method", "another kid", "another kty", "another key", "another alg"],
)
def test_whoever_asks_hears_the_same_words_and_costs_one_verification(
    client: Client | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _count_verifications(monkeypatch)
    with pytest.raises(InvalidClient, match=SAME_WORDS):
        check(_proof(sign(GOOD)), client, evidence())
    assert made == [True]


@pytest.mark.parametrize("alg", ALGS)
def test_the_key_that_stands_in_for_an_unknown_client_lets_nobody_in(alg: str) -> None:
    kty = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}[alg]
    stand_in = private_key_jwt._DECOYS[kty]
    if stand_in.is_private:
        token = _signed_by(stand_in, alg)
        assert jose.is_signed(jose.read(token), [VerifyingKey("1", (alg,), stand_in)])
        assert not _passes(_client(None), token)


@pytest.mark.parametrize("form", [{"client_id": CLIENT}, {"client_id": CLIENT, "client_secret": "s"}])
def test_what_is_presented_without_an_assertion_proves_no_key(form: dict[str, str]) -> None:
    with pytest.raises(InvalidClient, match=SAME_WORDS):
        check(presented(credentials(None, form)), _client(key_set()), evidence())


# --- Registration


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"jwks": key_set()}, []),
        ({"jwks": key_set(pair("RS256"), pair("EdDSA", "2"))}, []),
        ({"jwks": key_set(), "token_endpoint_auth_signing_alg": "ES256"}, []),
        ({"jwks_uri": "https://rp.example/jwks.json"}, []),
        ({"jwks_uri": "https://rp.example:8443/jwks?v=1", "token_endpoint_auth_signing_alg": "PS256"}, []),
        ({}, ["jwks"]),
        ({"jwks": {}}, ["jwks"]),
        ({"jwks": key_set(), "jwks_uri": "https://rp.example/jwks"}, ["jwks_uri"]),
        ({"jwks": key_set(pair("ES384"))}, ["jwks"]),
        ({"jwks": key_set(), "token_endpoint_auth_signing_alg": "RS256"}, ["jwks"]),
        ({"jwks": key_set(), "token_endpoint_auth_signing_alg": "HS256"}, ["token_endpoint_auth_signing_alg", "jwks"]),
        (
            {"jwks_uri": "https://rp.example/jwks", "token_endpoint_auth_signing_alg": "none"},
            ["token_endpoint_auth_signing_alg"],
        ),
        *(
            ({"jwks_uri": uri}, ["jwks_uri"])
            for uri in (
                *("http://rp.example/jwks", "http://127.0.0.1/jwks", "ftp://rp.example", "file:///etc/passwd", "jwks"),
                *("https://", "https://me@rp.example/", "https://rp.example/#x", "https://rp.example/\n"),
                *("javascript:alert(1)", "gopher://127.0.0.1:6379/_", "https://2130706433/", "https://0x7f.1/"),
            )
        ),
    ],
)
def test_what_forbids_registering_the_keys_of_a_client(changes: dict[str, Any], expected: list[str]) -> None:
    client = client_record(token_endpoint_auth_method="private_key_jwt", **changes)
    assert sorted({member for member, _ in faults(client, http_loopback=False)}) == sorted(expected)


def test_private_and_symmetric_keys_are_not_registered_by_any_client() -> None:
    for jwk in (public(pair("RS256"), d="AQAB"), {"kty": "oct", "k": "c2VjcmV0"}, public(pair(), d="AQ")):
        for method in METHODS:
            keys = {"keys": [jwk, public(pair(kid="2"))]}
            client = client_record(token_endpoint_auth_method=method, jwks=keys, pkce="required")
            assert [member for member, _ in faults(client, http_loopback=False)] == ["jwks"]


def test_http_is_for_loopback_while_somebody_develops() -> None:
    client = client_record(token_endpoint_auth_method="private_key_jwt", jwks_uri="http://localhost:3000/jwks")
    assert list(faults(client, http_loopback=True)) == []


def _client(jwks: dict[str, Any] | None, **changes: Any) -> Client:
    return client_record(**{"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks} | changes)


def _read(claims: Mapping[str, Any]) -> Assertion:
    return private_key_jwt.read(JWT_BEARER, sign_raw(b'{"alg":"ES256"}', json.dumps(claims).encode()))


def _check(claims: Mapping[str, Any]) -> None:
    private_key_jwt.check(_read(claims), AUDIENCES, NOW)


def _refusal(claims: Mapping[str, Any]) -> str:
    with pytest.raises(InvalidClient) as refused:
        _read(claims)
    return refused.value.description


def _proof(token: str) -> Presented[Any]:
    return presented(credentials(None, assertion_form(CLIENT, token)))


def _passes(client: Client, token: str) -> bool:
    try:
        return check(_proof(token), client, evidence()) is client
    except InvalidClient:
        return False


def _count_verifications(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    made: list[bool] = []
    real = jose._verifies

    def counted(*given: Any) -> bool:
        made.append(True)
        return real(*given)

    monkeypatch.setattr(jose, "_verifies", counted)
    return made


def _signed_by(key: Any, alg: str) -> str:
    header = {"alg": alg, "kid": "1"}
    return jws.serialize_compact(header, json.dumps(GOOD), key, registry=jose.REGISTRIES[alg])
