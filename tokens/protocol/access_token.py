"""JWT access tokens (RFC 9068): no row is kept of one, its authorization answers for it."""

from datetime import datetime, timedelta

from tokens.protocol.records import Issuance

TYP = "at+jwt"
ALG = "ES256"
AUTHORIZATION_ID = "authorization_id"
"""Our private claim: under which authorization the token was issued, so that revoking this ends the token."""


def claims(
    issuance: Issuance, *, issuer: str, subject: str, jti: str, lifetime: timedelta, now: datetime
) -> dict[str, object]:
    """RFC 9068 §2.2. It lives no longer than its authorization."""
    authorization = issuance.authorization
    return {
        "iss": issuer,
        "exp": int(min(now + lifetime, authorization.expires).timestamp()),
        "aud": issuer,
        "sub": subject,
        "client_id": authorization.client_id,
        "iat": int(now.timestamp()),
        "jti": jti,
        "scope": " ".join(issuance.scope),
        "auth_time": int(authorization.auth_time.timestamp()),
        "acr": authorization.acr,
        "amr": list(authorization.amr),
        AUTHORIZATION_ID: authorization.id,
    }
