"""ID tokens (OpenID Connect Core §2)."""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from tokens.protocol import base64url
from tokens.protocol.access_token import MARKS
from tokens.protocol.records import Authorization

TYP = "JWT"
MAX_LENGTH = 5000
"""Characters of an ID token. It comes back as a hint in a query, beside an address and a state (RP-Initiated Logout
§2)."""
ENVELOPE = 1000
"""Characters of an ID token beside its claims: the header, and the longest signature, that of an RSA key of 4,096
bits."""
HASHES = {
    "RS256": hashlib.sha256,
    "PS256": hashlib.sha256,
    "ES256": hashlib.sha256,
    # Ed25519 signs with SHA-512 (RFC 8032 §5.1).
    "EdDSA": hashlib.sha512,
}


def claims(
    authorization: Authorization,
    *,
    issuer: str,
    subject: str,
    sid: str | None,
    nonce: str | None,
    access_token: str,
    alg: str,
    lifetime: timedelta,
    now: datetime,
) -> dict[str, object]:
    """The claims of the ID token that goes with `access_token`. `subject` and `sid` are what this client is told of the
    person and their session."""
    issued = int(now.timestamp())
    content: dict[str, object] = {
        "iss": issuer,
        "sub": subject,
        "aud": authorization.client_id,
        "exp": issued + int(lifetime.total_seconds()),
        "iat": issued,
        "auth_time": int(authorization.auth_time.timestamp()),
        "acr": authorization.acr,
        "amr": list(authorization.amr),
        "azp": authorization.client_id,
        "at_hash": half_hash(access_token, alg),
    }
    if sid is not None:
        content["sid"] = sid
    if nonce is not None:
        content["nonce"] = nonce
    return content


def with_claims_of_person(
    content: Mapping[str, object],
    of_person: Mapping[str, object],
    *,
    wanted: Collection[str],
    groups: Collection[str] = (),
) -> tuple[dict[str, object], tuple[str, ...]]:
    """`content` with as much of what is said of the person as there is room for, and the names of what is left out.
    First comes what is `wanted` one by one (§5.5), then the shortest, and last what names `groups`."""
    whole, left_out, said = dict(content), [], without_marks(of_person)

    def turn(name: str) -> tuple[bool, bool, int]:
        return name in groups, name not in wanted, _length(said[name])

    for name in sorted(said.keys() - content.keys(), key=turn):
        # Base64 writes three bytes as four characters.
        if ENVELOPE + _length({**whole, name: said[name]}) * 4 // 3 < MAX_LENGTH:
            whole[name] = said[name]
        else:
            left_out.append(name)
    return whole, tuple(left_out)


def _length(value: object) -> int:
    """In bytes, as it is signed."""
    return len(json.dumps(value, separators=(",", ":")))


def is_one(claims: Mapping[str, object]) -> bool:
    """Whether these claims, of a token under `TYP` that we signed, are an ID token's: an access token may have the same
    typ, and what userinfo signs has no end."""
    return "exp" in claims and MARKS.isdisjoint(claims)


def without_marks(claims: Mapping[str, object]) -> dict[str, object]:
    """Of a person's claims those that make no access token of what they stand in."""
    return {name: value for name, value in claims.items() if name not in MARKS}


def half_hash(value: str, alg: str) -> str:
    """`at_hash` and `c_hash` (OpenID Connect Core §3.1.3.6): the left half of the hash that `alg` signs with."""
    digest = HASHES[alg](value.encode("ascii")).digest()
    return base64url.encode(digest[: len(digest) // 2])
