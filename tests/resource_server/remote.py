"""An API elsewhere, which knows of the provider only what it publishes."""

from typing import Any

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

ISSUER = "http://localhost:8000"
API = "https://api.example/songs"


def claims_of(token: str, jwks: Any) -> dict[str, Any]:
    """Raises JoseError or ValueError for what is no access token meant for us (RFC 9068 §4)."""
    found = jwt.decode(token, KeySet.import_key_set(jwks), algorithms=["RS256"])
    if found.header.get("typ") != "at+jwt":
        raise ValueError("this is no access token")
    rules = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": API},
        exp={"essential": True},
    )
    rules.validate(found.claims)
    return found.claims


def introspect(token: str, endpoint: str, client_id: str, client_secret: str) -> Any:
    """None for a token that is void or not meant for us (RFC 7662)."""
    answer = requests.post(endpoint, data={"token": token}, auth=(client_id, client_secret), timeout=5)
    answer.raise_for_status()
    body = answer.json()
    return body if body["active"] else None
