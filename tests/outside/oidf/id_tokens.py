"""ID tokens, judged as OpenID Connect Core §3.1.3.7 asks, not by the product's library (docs/decisions/0002)."""

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

import requests
from jwcrypto.jwk import JWK, JWKSet
from jwcrypto.jwt import JWT

from tests.outside.oidf.provider import Provider

SKEW = 5


def verified(id_token: str, provider: Provider, client_id: str, access_token: str, nonce: str | None) -> dict[str, Any]:
    """Its claims. `nonce`: what was asked with, or None where none must come back."""
    keys = JWKSet.from_json(requests.get(provider.metadata["jwks_uri"], timeout=10).text)
    body: dict[str, Any] = json.loads(JWT(jwt=id_token, key=keys, algs=["RS256"], expected_type="JWS").claims)
    assert body["iss"] == provider.issuer
    assert body["aud"] in (client_id, [client_id])
    assert body.get("azp", client_id) == client_id
    assert body.get("nonce") == nonce
    assert body.get("at_hash", at_hash(access_token)) == at_hash(access_token)
    assert 0 < len(body["sub"]) <= 255
    assert body["sub"].isascii()
    _check_times(body)
    return body


def header(token: str) -> dict[str, Any]:
    return _decoded(token.split(".")[0])


def claims(token: str) -> dict[str, Any]:
    """As they stand there, unverified."""
    return _decoded(token.split(".")[1])


def unsigned(members: Mapping[str, Any]) -> str:
    """A JWT under `alg` none (RFC 7519 §6.1)."""
    return f"{_encoded({'alg': 'none'})}.{_encoded(members)}."


def signed_with(secret: str, members: Mapping[str, Any]) -> str:
    """A JWT under HS256."""
    made = JWT(header={"alg": "HS256"}, claims=dict(members))
    made.make_signed_token(JWK.from_password(secret))
    token: str = made.serialize()
    return token


def at_hash(access_token: str) -> str:
    """OpenID Connect Core §3.1.3.6, for RS256."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def _check_times(told: Mapping[str, Any]) -> None:
    now = time.time()
    assert all(isinstance(told[name], int) for name in ("exp", "iat"))
    assert told["iat"] - SKEW <= now < told["exp"]
    assert now - told["iat"] < 60
    if "auth_time" in told:
        assert told["auth_time"] <= told["iat"] + SKEW


def _encoded(members: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(dict(members)).encode()).rstrip(b"=").decode()


def _decoded(part: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return members
