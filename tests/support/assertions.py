"""A client's keys and what it signs with them, by jwcrypto: not the product's library (docs/decisions/0002)."""

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from joserfc import jws as joserfc_jws
from joserfc.jwk import import_key
from jwcrypto import jwk, jws

ISSUER = "http://localhost:8000"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CURVES = {"ES256": "P-256", "ES384": "P-384", "EdDSA": "Ed25519"}


def pair(alg: str = "ES256", kid: str = "1") -> jwk.JWK:
    """A key pair for the algorithm, made once."""
    return _pair(alg, kid)


@cache
def _pair(alg: str, kid: str) -> jwk.JWK:
    if alg in CURVES:
        kty = "OKP" if alg == "EdDSA" else "EC"
        return jwk.JWK.generate(kty=kty, crv=CURVES[alg], kid=kid)
    return jwk.JWK.generate(kty="RSA", size=2048, kid=kid)


def public(key: jwk.JWK, **members: Any) -> dict[str, Any]:
    found: dict[str, Any] = key.export_public(as_dict=True) | members
    return {name: value for name, value in found.items() if value is not None}


def private(key: jwk.JWK) -> dict[str, Any]:
    found: dict[str, Any] = key.export_private(as_dict=True)
    return found


def key_set(*keys: jwk.JWK) -> dict[str, Any]:
    return {"keys": [public(key) for key in keys or (pair(),)]}


def claims_of(client_id: str, **changes: Any) -> dict[str, Any]:
    """The claims of a good assertion at this moment, but for `changes`; None takes one away."""
    good = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "exp": int(time.time()) + 60,
        "iat": int(time.time()),
        "jti": secrets.token_urlsafe(16),
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def sign(claims: Mapping[str, Any], key: jwk.JWK | None = None, alg: str = "ES256", **header: Any) -> str:
    """A compact JWS; None takes a member out of the header."""
    key = key or pair(alg)
    members = {"alg": alg, "kid": key.get("kid"), "typ": "JWT", **header}
    token = jws.JWS(json.dumps(claims))
    token.allowed_algs = [alg]
    protected = json.dumps({name: value for name, value in members.items() if value is not None})
    token.add_signature(key, alg, protected)
    compact: str = token.serialize(compact=True)
    return compact


def sign_raw(header: bytes, payload: bytes, key: jwk.JWK | bytes | None = None, alg: str = "ES256") -> str:
    """A JWS of these very bytes, validly signed by `alg`, with any header: what no library would write."""
    signed = b".".join(map(b64, (header, payload)))
    return b".".join((signed, b64(_signature(signed, key, alg)))).decode()


def _signature(signed: bytes, key: jwk.JWK | bytes | None, alg: str) -> bytes:
    if alg == "none":
        return b""
    if isinstance(key, bytes):
        return hmac.digest(key, signed, f"sha{alg.removeprefix('HS')}")
    algorithm = joserfc_jws.JWSRegistry.algorithms[alg]
    members = private(key or pair(alg))
    return algorithm.sign(signed, import_key(members))


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def assertion_form(client_id: str, token: str | None = None, **claims: Any) -> dict[str, str]:
    """The form parameters of private_key_jwt."""
    return {
        "client_assertion_type": JWT_BEARER,
        "client_assertion": token or sign(claims_of(client_id, **claims)),
    }
