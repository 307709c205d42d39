"""JWT access tokens (RFC 9068): no row is kept of one, its authorization answers for it."""

from collections.abc import Collection
from datetime import datetime

from tokens.protocol.records import Authorization

TYP = "at+jwt"
ALG = "ES256"
AUTHORIZATION_ID = "authorization_id"
"""Our private claim: under which authorization the token was issued, so that revoking this ends the token."""


def claims(
    authorization: Authorization | None,
    *,
    issuer: str,
    subject: str,
    client_id: str,
    scope: Collection[str],
    jti: str,
    expires: datetime,
    now: datetime,
) -> dict[str, object]:
    """RFC 9068 §2.2. `authorization` is None where nobody signed in; `subject` is then the client."""
    found: dict[str, object] = {
        "iss": issuer,
        "exp": int(expires.timestamp()),
        "aud": issuer,
        "sub": subject,
        "client_id": client_id,
        "iat": int(now.timestamp()),
        "jti": jti,
    }
    if scope:
        found["scope"] = " ".join(scope)
    if authorization is not None:
        found |= _sign_in(authorization)
    return found


def _sign_in(authorization: Authorization) -> dict[str, object]:
    """RFC 9068 §2.2.1."""
    return {
        "auth_time": int(authorization.auth_time.timestamp()),
        "acr": authorization.acr,
        "amr": list(authorization.amr),
        AUTHORIZATION_ID: authorization.id,
    }
