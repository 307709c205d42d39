"""Access tokens: what is said in one (RFC 9068 §2.2), whether a JWT carries it, of which no row is kept, or the row of
an opaque one."""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import get_args

from tokens.protocol.records import NO_KEY, Authorization, Confirmation, TokenType

TYPS = get_args(TokenType)
"""RFC 9068 §2.1, and what is sent to an API that knows only `JWT`."""
MARKS = frozenset({"client_id", "jti"})
"""What every access token has, and nothing else that we sign has both; no ID token and no userinfo has one of them (RFC
8725 §3.12)."""
MAX_LENGTH = 8000
"""Characters of a JWT of ours: none longer is issued, and none longer is read. With `Authorization: Bearer` before it,
it is a header field that servers take: many allow 8,190 bytes."""
AUTHORIZATION_ID = "authorization_id"
"""Our private claim: under which authorization the token was issued, so that revoking this ends the token. It is random
for each, so two clients that compare theirs learn nothing of a person."""
USERINFO_ALG = "userinfo_signed_response_alg"
"""Our private claim: how userinfo signs its answer to this token. No look at the client is needed."""


def claims(
    authorization: Authorization | None,
    *,
    issuer: str,
    audience: tuple[str, ...],
    subject: str,
    client_id: str,
    scope: Collection[str],
    jti: str,
    expires: datetime,
    now: datetime,
    userinfo_alg: str = "",
    confirmation: Confirmation = NO_KEY,
    more: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, object]:
    """RFC 9068 §2.2. `authorization` is None where nobody signed in; `subject` is then the client. `userinfo_alg`:
    empty where userinfo answers plain JSON. `more`: what the grant adds, which takes the place of none of these."""
    content: dict[str, object] = {
        **more,
        "iss": issuer,
        "exp": int(expires.timestamp()),
        # RFC 7519 §4.1.3: one audience may stand as a plain text.
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "sub": subject,
        "client_id": client_id,
        "iat": int(now.timestamp()),
        "jti": jti,
    }
    if scope:
        content["scope"] = " ".join(scope)
    if authorization is not None:
        content |= _sign_in(authorization)
    if userinfo_alg:
        content[USERINFO_ALG] = userinfo_alg
    if confirmation.cnf:
        content["cnf"] = confirmation.cnf
    return content


def is_one(claims: Mapping[str, object]) -> bool:
    """Whether these claims, of a token under one of `TYPS` that we signed, are an access token's."""
    return claims.keys() >= MARKS


def _sign_in(authorization: Authorization) -> dict[str, object]:
    """RFC 9068 §2.2.1."""
    return {
        "auth_time": int(authorization.auth_time.timestamp()),
        "acr": authorization.acr,
        "amr": list(authorization.amr),
        AUTHORIZATION_ID: authorization.id,
    }
