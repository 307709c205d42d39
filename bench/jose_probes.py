"""Hostile and odd tokens, and what joserfc and jwcrypto make of them, each given an allow-list of only ES256."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import joserfc.jwe
import joserfc.jwk
import joserfc.jws
import joserfc.jwt
import jwcrypto.jwe
import jwcrypto.jwk
import jwcrypto.jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.errors import JoseError
from jwcrypto.common import JWException

KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
SECRET = bytes(range(32))
ESCAPING = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What a caller who catches only the library's own errors would answer with a 500."""

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True, slots=True)
class Token:
    header: str = '{"alg":"ES256"}'
    payload: bytes = b"{}"
    allowed: tuple[str, ...] = ("ES256",)

    def signed(self) -> str:
        return f"{self.signing_input().decode()}.{_signature(self.signing_input())}"

    def signing_input(self) -> bytes:
        return f"{_base64url(self.header.encode())}.{_base64url(self.payload)}".encode()


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _signature(signing_input: bytes) -> str:
    r, s = decode_dss_signature(KEY.sign(signing_input, ec.ECDSA(hashes.SHA256())))
    return _base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def _unsigned() -> tuple[Token, str]:
    token = Token('{"alg":"none"}')
    return token, f"{token.signing_input().decode()}."


def _public_key_as_secret() -> tuple[Token, str]:
    token = Token('{"alg":"HS256"}', allowed=("ES256", "HS256"))
    return token, f"{token.signing_input().decode()}.{_base64url(hmac.digest(PEM, token.signing_input(), 'sha256'))}"


def _unencoded() -> tuple[Token, str]:
    token = Token('{"alg":"ES256","crit":["b64"],"b64":false}')
    header = _base64url(token.header.encode())
    return token, f"{header}.{{}}.{_signature(f'{header}.{{}}'.encode())}"


def _spare_bits() -> tuple[Token, str]:
    """The last character of a 64-octet signature has four spare bits: 16 spellings decode to the same octets."""
    value = Token().signed()
    return Token(), value[:-1] + BASE64URL[BASE64URL.index(value[-1]) ^ 1]


def _tokens() -> Iterator[tuple[str, str, Token, str]]:
    plain = Token()
    nested = b'{"a":' + b"[" * 40_000 + b"]" * 40_000 + b"}"
    yield "`alg` none, no signature", "refuse", *_unsigned()
    yield "`alg` not on the allow-list", "refuse", replace(plain, allowed=("RS256",)), plain.signed()
    yield "an empty allow-list", "refuse", replace(plain, allowed=()), plain.signed()
    yield "HS256 with the public key as its secret", "refuse", *_public_key_as_secret()
    for name, due, header in (
        ("`crit` names an unknown extension", "refuse", {"crit": ["x"], "x": 1}),
        ("`crit` names a parameter of RFC 7515", "refuse", {"crit": ["alg"]}),
        ("`crit` is empty", "refuse", {"crit": []}),
        ("`crit` is not an array", "refuse", {"crit": 1}),
        ("an unknown parameter, not critical", "accept", {"x": 1}),
        ("a header of 2 kB (a long `jwk` or `x5c`)", "accept", {"kid": "1" * 2000}),
    ):
        token = Token(json.dumps({"alg": "ES256", **header}))
        yield name, due, token, token.signed()
    for name, due, token in (
        ("a header that is not an object", "refuse", Token("[]")),
        ("a header member twice", "refuse", Token('{"alg":"none","alg":"ES256"}')),
        ("a payload of 1 MB", "refuse", Token(payload=b'"' + b"a" * 1_000_000 + b'"')),
        ("a payload nested 40,000 deep (80 kB)", "refuse", Token(payload=nested)),
    ):
        yield name, due, token, token.signed()
    yield "`b64` false, not for JWTs (RFC 7797 §7)", "refuse", *_unencoded()
    yield "spare bits set in the base64url of the signature", "refuse", *_spare_bits()
    yield "padding after the signature", "refuse", plain, plain.signed() + "=="


def _joserfc(token: Token, value: str) -> object:
    registry = joserfc.jws.JWSRegistry(algorithms=list(token.allowed))
    return joserfc.jwt.decode(value, joserfc.jwk.ECKey.import_key(PEM), registry=registry).claims


def _jwcrypto(token: Token, value: str) -> object:
    key = jwcrypto.jwk.JWK.from_pem(PEM)
    return jwcrypto.jwt.JWT(jwt=value, key=key, algs=list(token.allowed), expected_type="JWS").claims


def _zip_bomb() -> str:
    """A JWE of some kB that inflates to 50 MB. jwcrypto makes it: it compresses everything that it is given."""
    header = json.dumps({"alg": "dir", "enc": "A256GCM", "zip": "DEF"})
    token = jwcrypto.jwe.JWE(b"0" * 50_000_000, header)
    token.add_recipient(jwcrypto.jwk.JWK(kty="oct", k=_base64url(SECRET)))
    return str(token.serialize(compact=True))


def _joserfc_decrypt(value: str) -> object:
    registry = joserfc.jwe.JWERegistry(algorithms=["dir", "A256GCM", "DEF"])
    return joserfc.jwe.decrypt_compact(value, joserfc.jwk.OctKey.import_key(SECRET), registry=registry).plaintext


def _jwcrypto_decrypt(value: str) -> object:
    token = jwcrypto.jwe.JWE(algs=["dir", "A256GCM"])
    token.deserialize(value, jwcrypto.jwk.JWK(kty="oct", k=_base64url(SECRET)))
    return token.payload


def _answer(call: Callable[[], object]) -> str:
    try:
        call()
    except (JoseError, JWException) as error:
        return f"refuse ({type(error).__name__})"
    except ESCAPING as error:
        return f"escapes ({type(error).__name__})"
    return "accept"


def probes() -> Iterator[tuple[str, ...]]:
    """Input, what is due, what joserfc does, what jwcrypto does; bold where a library does not do what is due."""
    for name, due, token, value in _tokens():
        yield _row(name, due, partial(_joserfc, token, value), partial(_jwcrypto, token, value))
    bomb = _zip_bomb()
    name = f"a JWE of {len(bomb) // 1000} kB that inflates to 50 MB"
    yield _row(name, "refuse", partial(_joserfc_decrypt, bomb), partial(_jwcrypto_decrypt, bomb))


def _row(name: str, due: str, *calls: Callable[[], object]) -> tuple[str, ...]:
    answers = (_answer(call) for call in calls)
    return name, due, *(answer if answer.startswith(due) else f"**{answer}**" for answer in answers)
