"""Which access tokens are believed, shown at userinfo."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from accounts.models import User
from tests.endpoints.lifecycle import opens_userinfo
from tests.support.endpoints import post, tokens_of
from tests.support.held import let_end, let_keys_be, only
from tests.support.messages import USERINFO, Registered, bearer, refused
from tokens import keys
from tokens.keys import local, signer
from tokens.protocol import access_token, journal, records
from tokens.protocol.records import SigningKey
from tokens.stores import store

ISSUER = "http://localhost:8000"
Claims = dict[str, Any]
REFUSED = refused(
    "invalid_token",
    "the access token is expired, revoked or malformed, or meant for somebody else",
    "access_token_invalid",
)
CHALLENGE = f'Bearer realm="{ISSUER}", error="invalid_token", error_description="{REFUSED["error_description"]}"'


@pytest.mark.covers("S39 ID token", "S39 access token", "CVE-2022-3102")
def test_an_id_token_is_no_access_token_and_an_access_token_no_id_token(
    anybody: Client, token_response: dict[str, Any]
) -> None:
    assert_refused(anybody, token_response["id_token"])
    assert signer().verify(token_response["access_token"], typ="JWT") is None
    assert signer().verify(token_response["id_token"], typ="JWT") is not None


@pytest.mark.covers("S39 typ")
@pytest.mark.parametrize(
    "typ", [None, "jwt", "at+JWT", "application/at+jwt", "at+jwt ", "logout+jwt", "", 1, ["at+jwt"]]
)
def test_a_token_of_another_type_is_refused_though_we_signed_it(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey], typ: Any
) -> None:
    header = {"alg": "ES256", "kid": signing_keys["ES256"].kid} | ({} if typ is None else {"typ": typ})
    assert_refused(anybody, _signed(header, _claims(token), signing_keys["ES256"]))


@pytest.mark.covers("S39 client_id", "S39 jti", "S39 JWT")
@pytest.mark.parametrize("lacks", [None, "jti", "client_id"])
@pytest.mark.parametrize("typ", ["JWT", "at+jwt"])
def test_a_token_under_either_type_needs_what_only_access_tokens_have(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey], typ: str, lacks: str | None
) -> None:
    """JWT is the type of tokens for APIs that know no other, and that of ID tokens."""
    header = {"alg": "ES256", "kid": signing_keys["ES256"].kid, "typ": typ}
    claims = {name: value for name, value in _claims(token).items() if name != lacks}
    signed = _signed(header, claims, signing_keys["ES256"])
    if lacks is None:
        assert opens_userinfo(anybody, signed)
    else:
        assert_refused(anybody, signed)


@pytest.mark.covers("S40 none", "CVE-2024-37568")
@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", "", None, "HS256", 0, [], {}])
@pytest.mark.parametrize("signature", ["", "AA", "kept"])
def test_a_token_without_a_signature_is_refused(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey], alg: Any, signature: str
) -> None:
    _, payload, kept = token.split(".")
    for key in signing_keys.values():
        header = {"alg": alg, "typ": "at+jwt", "kid": key.kid}
        assert_refused(anybody, f"{_part(header)}.{payload}.{kept if signature == 'kept' else signature}")


@pytest.mark.covers("S40 HS", "CVE-2024-37568")
@pytest.mark.parametrize("own", ["RS256", "ES256"])
@pytest.mark.parametrize("hashed", ["sha256", "sha384", "sha512"])
def test_a_public_key_is_no_hmac_secret(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey], own: str, hashed: str
) -> None:
    key = signing_keys[own]
    public = local._load(dict(key.public))
    exported = [
        public.as_pem(private=False),
        public.as_pem(private=False).strip(),
        public.as_der(private=False),
        json.dumps(dict(key.public)).encode(),
        json.dumps(dict(key.public), separators=(",", ":")).encode(),
        b"",
    ]
    payload = token.split(".")[1]
    for alg in (f"HS{hashed[3:]}", own):
        signed = f"{_part({'alg': alg, 'typ': 'at+jwt', 'kid': key.kid})}.{payload}"
        for secret in exported:
            mac = hmac.new(secret, signed.encode(), hashed).digest()
            assert_refused(anybody, f"{signed}.{_encoded(mac)}")


@pytest.mark.covers(
    "S40 jwk",
    "S40 jku",
    "S40 x5u",
    "CVE-2026-27962 jwk",
    "CVE-2026-27962 jku",
    "CVE-2026-27962 x5u",
    "CVE-2026-27962 kid",
)
@pytest.mark.parametrize(
    "injected",
    [
        "jwk",
        "jku",
        "x5u",
        "x5c",
        "foreign kid",
        "kid of a path",
        "kid of SQL",
        "kid of NUL",
        "kid list",
        "no kid",
        "our kid",
    ],
)
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_key_that_the_token_brings_along_is_not_used(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey], alg: str, injected: str
) -> None:
    thief: Any = RSAKey.generate_key(2048) if alg == "RS256" else ECKey.generate_key("P-256")
    extra: dict[str, Any] = {
        "jwk": {"jwk": thief.as_dict(private=False), "kid": signing_keys[alg].kid},
        "jku": {"jku": "https://evil.example/jwks", "kid": signing_keys[alg].kid},
        "x5u": {"x5u": "https://evil.example/cert", "kid": signing_keys[alg].kid},
        "x5c": {"x5c": ["MIIB"], "kid": signing_keys[alg].kid},
        "foreign kid": {"kid": "evil"},
        "kid of a path": {"kid": "../../../../dev/null"},
        "kid of SQL": {"kid": "x' UNION SELECT 'a"},
        "kid of NUL": {"kid": signing_keys[alg].kid + "\x00"},
        "kid list": {"kid": [signing_keys[alg].kid]},
        "no kid": {},
        "our kid": {"kid": signing_keys[alg].kid},
    }[injected]
    header = {"alg": alg, "typ": "at+jwt", **extra}
    assert_refused(anybody, _signed_with(thief, alg, header, _claims(token)))


@pytest.mark.covers("S40 crit", "S40 b64", "S40 jku", "CVE-2025-59420 crit", "CVE-2025-59420 b64")
@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["x"], "x": 1},
        {"crit": ["x"]},
        {"crit": []},
        {"crit": ["exp"], "exp": 1},
        {"b64": False},
        {"b64": False, "crit": ["b64"]},
        {"b64": True, "crit": ["b64"]},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"jku": f"{ISSUER}/oauth2/jwks"},
        {"x5t": "x"},
        {"nonce": "x"},
        {"KID": "x"},
    ],
)
def test_a_header_with_one_member_more_is_refused_though_we_signed_it(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey], extra: dict[str, Any]
) -> None:
    key = signing_keys["ES256"]
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
    # By hand: the same key and the same way of signing make a good token without the member more.
    assert anybody.get(USERINFO, headers=bearer(_signed(header, _claims(token), key))).status_code == 200
    assert_refused(anybody, _signed(header | extra, _claims(token), key))


@pytest.mark.covers("S40 alg")
def test_the_algorithm_is_the_keys_own_whatever_the_header_says(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey]
) -> None:
    for own, said in (
        ("RS256", "ES256"),
        ("ES256", "RS256"),
        ("RS256", "PS256"),
        ("RS256", "RS512"),
        ("ES256", "ES384"),
    ):
        _, payload, signature = token.split(".")
        header = _part({"alg": said, "typ": "at+jwt", "kid": signing_keys[own].kid})
        assert_refused(anybody, f"{header}.{payload}.{signature}")


@pytest.mark.covers("S44 size", "CVE-2025-61920", "CVE-2024-28102", "CVE-2023-6681")
@pytest.mark.parametrize(
    "hostile",
    [
        "A" * 1_000_000,
        "." * 1_000_000,
        "A" * 1_000_000 + ".e30.AA",
        "e30." + "A" * 1_000_000 + ".AA",
        "e30.e30." + "A" * 1_000_000,
        base64.urlsafe_b64encode(b"[" * 700_000).decode() + ".e30.AA",
        base64.urlsafe_b64encode(b'{"a":' * 6_000).decode() + ".e30.AA",
        base64.urlsafe_b64encode(b"[" * 6_000).decode() + ".e30.AA",
        base64.urlsafe_b64encode(b'{"alg":"ES256","kid":' + b"9" * 5_000 + b"}").decode() + ".e30.AA",
        base64.urlsafe_b64encode(b'{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AA"}').decode()
        + ".AA.AA.AA.AA",
        base64.urlsafe_b64encode(b'{"alg":"dir","enc":"A128GCM","zip":"DEF"}').decode() + ".AA.AA.AA.AA",
    ],
    ids=range(11),
)
def test_a_token_however_large_or_deep_is_refused_within_50_ms(anybody: Client, token: str, hostile: str) -> None:
    signer().jwks()
    began = time.process_time()
    assert signer().verify(hostile, typ="at+jwt") is None
    assert time.process_time() - began < 0.05
    assert_refused(anybody, hostile)


@pytest.mark.covers("S44 size", "CVE-2025-61920")
def test_a_token_longer_than_ours_ever_are_is_refused_though_we_signed_it(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey]
) -> None:
    key = signing_keys["ES256"]
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
    long = _signed(header, _claims(token) | {"padding": "x" * 6000}, key)
    assert len(long) > access_token.MAX_LENGTH
    assert_refused(anybody, long)


def test_no_malformed_text_is_a_token(anybody: Client, token: str) -> None:
    header, payload, signature = token.split(".")
    for text in (
        "x",
        ".",
        "..",
        "...",
        header,
        f"{header}.{payload}",
        f"{header}.{payload}.",
        f"{header}..{signature}",
        f".{payload}.{signature}",
        f"{token}.",
        f"{token}.x",
        f"{token}=",
        f"{token} {token}",
        f"{header}=.{payload}.{signature}",
        f"{header}.{payload}\n.{signature}",
        f"{header}.{payload}.{signature}\x00",
        f"{_encoded(b'[]')}.{payload}.{signature}",
        f"{_encoded(b'null')}.{payload}.{signature}",
        f"{_encoded(b'{}')}.{payload}.{signature}",
        f"{_encoded(bytes([0xFF, 0xFE]))}.{payload}.{signature}",
        json.dumps({"protected": header, "payload": payload, "signature": signature}),
        json.dumps({"payload": payload, "signatures": [{"protected": header, "signature": signature}]}),
        "\N{SNOWMAN}" * 3,
    ):
        assert_refused(anybody, text)


@pytest.mark.covers("S28 scope", "S39 typ")
def test_a_payload_or_a_signature_that_was_changed_is_refused(anybody: Client, token: str) -> None:
    header, payload, signature = token.split(".")
    changed = _claims(token) | {"scope": "openid profile email admin"}
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[10] ^= 1
    swapped = bytes(raw[32:] + raw[:32])
    for text in (
        f"{header}.{_part(changed)}.{signature}",
        f"{header}.{payload}.{_encoded(bytes(raw))}",
        f"{header}.{payload}.{_encoded(swapped)}",
        f"{header}.{payload}.{_encoded(bytes(64))}",
        f"{header}.{payload}.{_encoded(bytes([0] * 31 + [1]) * 2)}",
    ):
        assert_refused(anybody, text)


@pytest.mark.covers("S28 audience", "S42 exp")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"iss": ISSUER.upper()},
        {"aud": "https://api.example"},
        {"aud": ["https://api.example"]},
        {"aud": []},
        {"aud": ISSUER + "/"},
        {"exp": 0},
        {"authorization_id": "0." + "A" * 43},
        {"authorization_id": ""},
        {"authorization_id": "a\x00b"},
        {"authorization_id": "x" * 1000},
    ],
)
def test_a_token_for_somebody_else_is_refused_though_we_signed_it(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey], changes: Claims
) -> None:
    key = signing_keys["ES256"]
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
    assert_refused(anybody, _signed(header, _claims(token) | changes, key))


def test_a_token_for_several_audiences_is_good_where_we_are_one(
    anybody: Client, token: str, signing_keys: dict[str, SigningKey]
) -> None:
    key = signing_keys["ES256"]
    claims = _claims(token) | {"aud": ["https://api.example", ISSUER]}
    several = _signed({"alg": "ES256", "typ": "at+jwt", "kid": key.kid}, claims, key)
    assert anybody.get(USERINFO, headers=bearer(several)).status_code == 200


@pytest.mark.covers("S42 exp")
def test_a_token_is_good_until_its_exp_and_not_at_it(
    anybody: Client, token: str, clock: Callable[[datetime], None]
) -> None:
    end = datetime.fromtimestamp(_claims(token)["exp"], UTC)
    clock(end - timedelta(microseconds=1))
    assert anybody.get(USERINFO, headers=bearer(token)).status_code == 200
    clock(end)
    assert_refused(anybody, token)


@pytest.mark.covers("S41 overlap")
@pytest.mark.parametrize(
    ("state", "status"), [("next", 200), ("active", 200), ("retiring", 200), ("retired", 401), ("revoked", 401)]
)
def test_a_key_signs_for_us_until_it_is_retired(anybody: Client, token: str, state: str, status: int) -> None:
    let_keys_be(state, alg="RS256")
    keys._made.cache_clear()
    assert anybody.get(USERINFO, headers=bearer(token)).status_code == status


@pytest.mark.covers("S34 access", "CVE-2023-0091")
def test_a_token_ends_with_its_authorization(anybody: Client, alice: User, web: Registered, token: str) -> None:
    kept = only(records.Authorization)
    other = tokens_of(anybody, web, alice.pk)["access_token"]
    store().journal.revoke(journal.authorization(kept.id), kept.expires)
    assert_refused(anybody, token)
    assert anybody.get(USERINFO, headers=bearer(other)).status_code == 200
    let_end(records.Authorization, datetime.now(UTC))
    assert_refused(anybody, other)


@pytest.mark.covers("S39 typ", "S78 garbage")
@pytest.mark.parametrize("header", [["alg"], ["alg", "kid"], "alg", "alg kid", 1, None, True])
def test_a_token_whose_header_is_no_object_is_refused(anybody: Client, header: Any) -> None:
    assert_refused(anybody, f"{_part(header)}.e30.eA")


def assert_refused(sender: Client, token: str) -> None:
    """In the header and in the form, with the same words for every fault."""
    answers: list[Any] = [sender.get(USERINFO, HTTP_AUTHORIZATION=f"Bearer {token}")]
    if "\x00" not in token and len(token) < 100_000:
        answers.append(post(sender, USERINFO, {"access_token": token}))
    for answer in answers:
        assert (answer.status_code, answer.json()) == (401, REFUSED), token[:200]
        assert answer["WWW-Authenticate"] == CHALLENGE
        assert answer["Cache-Control"] == "no-store"


def _claims(token: str) -> Claims:
    part = token.split(".")[1]
    body: Claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return body


def _signed(header: dict[str, Any], claims: Claims, key: SigningKey) -> str:
    """Signed by our own private key, over any header at all."""
    return _signed_with(local._private(key.kid, key.private), key.alg, header, claims)


def _signed_with(private: Any, alg: str, header: dict[str, Any], claims: Claims) -> str:
    signing_input = f"{_part(header)}.{_part(claims)}"
    algorithm: Any = jws.JWSRegistry.algorithms[alg]
    return f"{signing_input}.{_encoded(algorithm.sign(signing_input.encode(), private))}"


def _part(value: Any) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
