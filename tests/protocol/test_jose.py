"""Foreign compact JWSs, and the JWK Sets that verify them (RFC 7515, RFC 7517, RFC 8725)."""

import contextlib
import json
import time
from typing import Any

import pytest

from tests.support.assertions import b64, key_set, pair, private, public, sign, sign_raw
from tests.support.messages import begun_otherwise
from tokens.protocol import jose, jwks
from tokens.protocol.jose import Unreadable
from tokens.protocol.jwks import ALGS, faults, verifying_keys

CLAIMS = {"iss": "0.client"}
PAYLOAD = json.dumps(CLAIMS).encode()
RSA = {"RS256", "PS256", "RS384", "PS512"}
EVERY_ALG = ("none", "HS256", "HS512", "RS256", "RS384", "PS256", "PS512", "ES256", "ES384", "EdDSA")
OWNERS = ("RS256", "ES256", "ES384", "EdDSA")


@pytest.mark.parametrize("alg", ALGS)
def test_what_another_library_signs_is_read_and_verified(alg: str) -> None:
    token = jose.read(sign(CLAIMS, alg=alg))
    assert (token.alg, token.kid, token.typ, token.unverified_claims) == (alg, "1", "jwt", CLAIMS)
    assert jose.is_signed(token, verifying_keys(key_set(pair(alg))))


@pytest.mark.covers("S40 alg", "CVE-2024-37568")
@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("alg", EVERY_ALG)
def test_an_algorithm_verifies_with_keys_of_its_own_kind_alone(alg: str, owner: str) -> None:
    key = pair(owner)
    signed = _signed_as(alg, owner)
    right = alg in ALGS and (alg == owner or {alg, owner} <= RSA)
    assert _verifies(signed, key_set(key)) == right


@pytest.mark.covers("S40 HS", "CVE-2024-37568")
@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("alg", ["HS256", "HS512"])
def test_a_public_key_is_no_secret_in_any_of_its_forms(alg: str, owner: str) -> None:
    key = pair(owner)
    forms = [
        key.export_to_pem(),
        key.export_to_pem().strip(),
        key.export_public().encode(),
        json.dumps(public(key)).encode(),
        b"",
    ]
    for secret in forms:
        token = sign_raw(_header(alg), PAYLOAD, secret, alg)
        assert not _verifies(token, key_set(key))
        # Not even where somebody got it among the client's keys.
        assert not _verifies(token, {"keys": [{"kty": "oct", "k": b64(secret).decode(), "kid": "1"}]})


@pytest.mark.covers("S40 alg")
@pytest.mark.parametrize(
    ("registered", "alg"), [("PS256", "RS256"), ("RS256", "PS256"), ("RS384", "RS256"), (1, "RS256")]
)
def test_a_key_with_an_algorithm_is_used_with_no_other(registered: object, alg: str) -> None:
    key = pair("RS256")
    assert _verifies(sign(CLAIMS, key, alg), {"keys": [public(key)]})
    assert not _verifies(sign(CLAIMS, key, alg), {"keys": [public(key, alg=registered)]})


@pytest.mark.covers("S40 alg")
def test_only_a_key_that_fits_the_kid_is_tried() -> None:
    one, other = pair(kid="one"), pair(kid="other")
    assert _verifies(sign(CLAIMS, one), key_set(other, one))
    assert _verifies(sign(CLAIMS, one, kid=None), key_set(other, one))
    assert not _verifies(sign(CLAIMS, one, kid="other"), key_set(other, one))
    assert not _verifies(sign(CLAIMS, one, kid=""), key_set(other, one))
    assert not _verifies(sign(CLAIMS, one), {"keys": [public(one, kid=None)]})
    for path in ("../../../dev/null", "/dev/null", "' OR 1=1 --", "http://127.0.0.1/key"):
        assert not _verifies(sign(CLAIMS, one, kid=path), key_set(other, one))


@pytest.mark.covers(
    "S40 crit",
    "S40 b64",
    "S40 jku",
    "S40 x5u",
    "S40 jwk",
    "S44 zip",
    "CVE-2026-27962 jwk",
    "CVE-2026-27962 jku",
    "CVE-2026-27962 x5u",
    "CVE-2025-59420 crit",
    "CVE-2025-59420 b64",
)
@pytest.mark.parametrize(
    "members",
    [
        {"crit": ["x"], "x": 1},
        {"crit": []},
        {"crit": ["alg"]},
        {"crit": "b64"},
        {"crit": 5},
        {"crit": None},
        {"b64": False, "crit": ["b64"]},
        {"b64": False},
        {"b64": True},
        {"jku": "https://rp.example/jwks"},
        {"x5u": "https://rp.example/chain"},
        {"jwk": "OWN"},
        {"jwk": None},
        {"zip": "DEF"},
    ],
)
def test_a_header_that_changes_the_reading_or_brings_a_key_is_refused(members: dict[str, Any]) -> None:
    if members.get("jwk") == "OWN":
        members = {"jwk": public(pair())}
    header = json.dumps({"alg": "ES256", "kid": "1", **members}).encode()
    with pytest.raises(Unreadable, match=f"has {'|'.join(members)} in its header"):
        jose.read(sign_raw(header, PAYLOAD))


def test_a_member_that_says_nothing_of_the_reading_is_ignored() -> None:
    members = {"x5t": "a", "x5c": ["MII" + "A" * 3000], "cty": "x", "nonce": {"a": 1}}
    assert _verifies(sign_raw(_header("ES256", **members), PAYLOAD), key_set())


@pytest.mark.covers("S44 size", "S78 garbage", "CVE-2025-61920")
@pytest.mark.parametrize(
    "token",
    [
        *("", ".", "..", "...", "a.b.c", "a.b", " ", "\x00.\x00.\x00", "é.é.é", "\ud800.a.b"),
        sign_raw(b"[]", PAYLOAD),
        sign_raw(b"null", PAYLOAD),
        sign_raw(b'{"kid":"1"}', PAYLOAD),
        sign_raw(b'{"alg":null}', PAYLOAD),
        sign_raw(b'{"alg":["ES256"]}', PAYLOAD),
        sign_raw(b'{"alg":{}}', PAYLOAD),
        sign_raw(b'{"alg":"es256"}', PAYLOAD),
        sign_raw(b'{"alg":"ES256","kid":1}', PAYLOAD),
        sign_raw(b'{"alg":"ES256","typ":[]}', PAYLOAD),
        sign_raw(b'{"alg":"none","alg":"ES256"}', PAYLOAD),
        sign_raw(b'{"alg":"ES256","alg":"ES256"}', PAYLOAD),
        sign_raw(b'{"alg":"ES256"}', b""),
        sign_raw(b'{"alg":"ES256"}', b"[]"),
        sign_raw(b'{"alg":"ES256"}', b'"text"'),
        sign_raw(b'{"alg":"ES256"}', b'{"sub":"a","sub":"b"}'),
        sign_raw(b'{"alg":"ES256"}', b'{"a":{"b":1,"b":2}}'),
        sign_raw(b'{"alg":"ES256"}', b'{"exp":NaN}'),
        sign_raw(b'{"alg":"ES256"}', b'{"exp":Infinity}'),
        sign_raw(b'{"alg":"ES256"}', b'{"exp":1e999}'),
        sign_raw(b'{"alg":"ES256"}', b'{"exp":' + b"9" * 5000 + b"}"),
        sign_raw(b'{"alg":"ES256"}', b'{"a":"\xff"}'),
        sign_raw(b'{"alg":"ES256"}', '{"a":1}'.encode("utf-16")),
        sign_raw(b'{"alg":"ES256"}', b"\xef\xbb\xbf{}"),
        sign_raw(b'{"a":' * 5000, PAYLOAD),
        sign(CLAIMS) + ".",
        sign(CLAIMS) + ".a.b",
        "." + sign(CLAIMS),
        sign(CLAIMS).replace(".", "=.", 1),
        sign(CLAIMS).replace(".", "\n.", 1),
        json.dumps({"payload": "e30", "protected": "e30", "signature": ""}),
        "a" * (jose.MAX_LENGTH + 1),
        sign({"a": "a" * jose.MAX_LENGTH}),
        sign_raw(b'{"alg":"ES256","x":"' + b"a" * 1_000_000 + b'"}', PAYLOAD),
    ],
    ids=lambda token: token[:20].encode("ascii", "replace").decode(),
)
def test_what_is_not_a_jws_in_form_is_refused_and_soon(token: str) -> None:
    started = time.perf_counter()
    with pytest.raises(Unreadable) as refused:
        jose.read(token)
    assert time.perf_counter() - started < 0.05
    assert str(refused.value).isascii()
    assert '"' not in str(refused.value)


@pytest.mark.covers("S78 depth")
def test_nesting_as_deep_as_there_is_room_for_is_read_or_refused() -> None:
    """Which of the two is the interpreter's affair, and so is the depth at which it gives up."""
    for levels in (50, 500, 1000, 5900):
        with contextlib.suppress(Unreadable):
            jose.read(sign_raw(b'{"alg":"ES256"}', b'{"a":' + b"[" * levels + b"]" * levels + b"}"))
    with pytest.raises(ValueError, match="deep"):
        jose.json_object(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)


@pytest.mark.covers("S40 alg")
@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize(
    "change", ["header", "claims", "signature", "empty", "padded", "spare bits", "longer", "short"]
)
def test_whatever_is_changed_the_signature_no_longer_fits(alg: str, change: str) -> None:
    header, claims, signature = sign(CLAIMS, alg=alg).split(".")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = {
        "header": (b64(_header(alg, x=1)).decode(), claims, signature),
        "claims": (header, b64(b'{"iss": "0.other"}').decode(), signature),
        "signature": (header, claims, begun_otherwise(signature)),
        "empty": (header, claims, ""),
        "padded": (header, claims, signature + "=="),
        "spare bits": (header, claims, signature[:-1] + last[last.index(signature[-1]) ^ 1]),
        "longer": (header, claims, signature + "AAAA"),
        "short": (header, claims, signature[:-4]),
    }
    assert not _verifies(".".join(changed[change]), key_set(pair(alg)))


def test_an_ecdsa_signature_of_zeros_or_in_der_is_none() -> None:
    header, claims, _ = sign(CLAIMS).split(".")
    for signature in (bytes(64), b"\x30\x06\x02\x01\x01\x02\x01\x01", b"\xff" * 64):
        assert not _verifies(f"{header}.{claims}.{b64(signature).decode()}", key_set())


# --- JWK Sets


@pytest.mark.covers("S41 RSA")
@pytest.mark.parametrize("size", [1024, 2047])
def test_an_rsa_key_of_less_than_2048_bits_verifies_nothing(size: int) -> None:
    n = b64(((1 << (size - 1)) + 1).to_bytes((size + 7) // 8, "big")).decode()
    short = {"keys": [{"kty": "RSA", "n": n, "e": "AQAB"}]}
    assert verifying_keys(short) == ()
    assert list(faults(short)) == ["key 1 cannot be read, or is an RSA key of less than 2048 or more than 8192 bits"]


@pytest.mark.covers("S41 RSA")
@pytest.mark.parametrize(
    "changes",
    [
        {"n": b64(b"\xff" * 1025).decode()},
        {"n": b64(b"\xff" * 255 + b"\xfe").decode()},
        {"e": "AQ"},
        {"e": "AA"},
        {"e": "Ag"},
        {"e": b64(b"\xff" * 256).decode()},
        {"n": ""},
        {"n": "!"},
        {"n": 5},
        {"n": None},
        {"n": ["a"]},
        {"e": None},
    ],
)
def test_an_rsa_key_that_no_honest_client_has_is_not_loaded(changes: dict[str, Any]) -> None:
    odd = {"keys": [public(pair("RS256"), **changes)]}
    assert verifying_keys(odd) == ()
    assert len(list(faults(odd))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"crv": "Ed25519"},
        {"crv": 5},
        {"crv": None},
        {"crv": []},
        {"x": b64(b"\x01" * 32).decode()},
        {"y": None},
        {"x": "A" * 10_000},
        {"kty": "RSA"},
        {"kty": "oct"},
        {"kty": []},
        {"kty": None},
        {"kid": 5},
        {"use": "enc"},
        {"use": []},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"key_ops": {"verify": 1}},
        {"alg": "ES384"},
        {"alg": "ECDH-ES"},
        {"d": "AA"},
    ],
)
def test_a_key_that_cannot_verify_is_passed_over_and_its_neighbour_serves(changes: dict[str, Any]) -> None:
    odd, good = public(pair(kid="odd"), **changes), pair(kid="good")
    mixed: dict[str, list[Any]] = {"keys": [odd, public(good), None, 5, [], "text", {}]}
    assert [key.kid for key in verifying_keys(mixed)] == ["good"]
    assert _verifies(sign(CLAIMS, good), mixed)


@pytest.mark.parametrize("document", [None, {}, [], "keys", {"keys": None}, {"keys": {}}, {"keys": "x"}, {"keys": []}])
def test_what_is_no_jwk_set_has_no_keys_and_may_not_be_registered(document: object) -> None:
    assert verifying_keys(document) == ()
    assert list(faults(document)) == ["must be an object with the array `keys`, and a key in it"]


@pytest.mark.covers("S78 count")
def test_a_thousand_keys_are_not_tried() -> None:
    many = {"keys": [public(pair(), kid=str(number)) for number in range(1000)]}
    assert len(verifying_keys(many)) == jwks.MAX_KEYS
    assert list(faults(many)) == [f"has more than {jwks.MAX_KEYS} keys"]


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_a_private_key_is_not_registered_and_one_that_got_out_is_not_used(alg: str) -> None:
    leaked = {"keys": [private(pair(alg))]}
    assert verifying_keys(leaked) == ()
    assert [fault.split(",")[0] for fault in faults(leaked)] == ["key 1 has private members"]
    symmetric = {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}
    assert list(faults(symmetric)) == ["key 1 is not a public key: its kty must be one of RSA, EC, OKP"]


def test_a_set_with_keys_for_other_uses_may_be_registered_and_one_kid_twice_may_not() -> None:
    encrypting = public(pair("RS256", "enc"), use="enc", alg="RSA-OAEP")
    assert list(faults({"keys": [public(pair()), encrypting, public(pair("ES384", "384"))]})) == []
    assert list(faults({"keys": [public(pair()), public(pair(), use="sig")]})) == ["has two keys of one kid"]
    assert list(faults({"keys": [public(pair(), kid=None), public(pair(), kid=None)]})) == []


def _header(alg: str, **members: Any) -> bytes:
    return json.dumps({"alg": alg, "kid": "1", **members}).encode()


def _signed_as(alg: str, owner: str) -> str:
    """Signed by `alg` with the key of `owner` where it can be; else with a key that can, and named as the other."""
    if alg == "none" or alg.startswith("HS"):
        return sign_raw(_header(alg), PAYLOAD, b"s" * 64, alg)
    can = alg == owner or {alg, owner} <= RSA
    return sign_raw(_header(alg), PAYLOAD, pair(owner) if can else pair("RS256" if alg in RSA else alg), alg)


def _verifies(token: str, document: object) -> bool:
    try:
        return jose.is_signed(jose.read(token), verifying_keys(document))
    except Unreadable:
        return False
