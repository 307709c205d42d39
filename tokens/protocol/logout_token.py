"""Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4)."""

from datetime import datetime, timedelta

TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
MAX_LIFETIME = timedelta(minutes=2)
"""§2.4: no more, so that a token that was caught is soon of no use."""


def claims(
    *, issuer: str, client_id: str, subject: str, sid: str | None, jti: str, lifetime: timedelta, now: datetime
) -> dict[str, object]:
    """`subject` and `sid` are what this client is told of the person and their session; without `sid` all sessions of
    the person ended."""
    issued = int(now.timestamp())
    payload: dict[str, object] = {
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
        "jti": jti,
        "events": {EVENT: {}},
    }
    if sid is not None:
        payload["sid"] = sid
    return payload
