"""Reads any token of ours back, in one place: whoever accepts a token asks here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from tokens.conf import CLOCK_MARGIN
from tokens.keys import signer
from tokens.protocol import access_token, handles, id_token, journal
from tokens.protocol.errors import InvalidToken
from tokens.protocol.records import Authorization, Client
from tokens.stores import store


@dataclass(frozen=True, slots=True)
class VerifiedAccessToken:
    """An access token that is good at this instant. `authorization` is None where nobody signed in."""

    client_id: str
    subject: str
    audience: tuple[str, ...]
    scope: tuple[str, ...]
    authorization: Authorization | None
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VerifiedRefreshToken:
    """A refresh token that its client could use at this instant. It is meant for nobody but us."""

    client_id: str
    scope: tuple[str, ...]
    expires: datetime
    authorization: Authorization
    audience: tuple[str, ...] = ()


def verify_access_token(token: str, *, audience: str, now: datetime) -> VerifiedAccessToken:
    """The token, if it is good and meant for `audience`. Raises InvalidToken, in the same words whatever is wrong."""
    found = read_access_token(token, now)
    if found is None or audience not in found.audience:
        raise InvalidToken("the access token is expired, revoked or malformed, or meant for somebody else")
    return found


def read_access_token(token: str, now: datetime) -> VerifiedAccessToken | None:
    """The token, if it is good for anybody."""
    claims = signer().verify(token, typ=access_token.TYP)
    # Only the signature makes these our own words, so only their values are judged.
    if claims is None or claims["iss"] != settings.ISSUER or now.timestamp() >= claims["exp"]:
        return None
    authorization_id = claims.get(access_token.AUTHORIZATION_ID)
    authorization = store().authorization(authorization_id, now) if authorization_id is not None else None
    if authorization is None and (authorization_id is not None or _client_is_void(claims)):
        return None
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return VerifiedAccessToken(
        client_id=claims["client_id"],
        subject=claims["sub"],
        audience=tuple(audience),
        scope=tuple(claims.get("scope", "").split()),
        authorization=authorization,
        claims=claims,
    )


def read_token(token: str, client: Client, now: datetime) -> VerifiedAccessToken | VerifiedRefreshToken | None:
    """Any access token, or a refresh token of this client, if it is good."""
    handle = handles.parse(token)
    return _read_refresh_token(handle, client, now) if handle is not None else read_access_token(token, now)


def what_voids(token: str, client: Client, now: datetime) -> str | None:
    """The journal's key that ends the token and all that came with it, if it is this client's; used, expired or not."""
    handle = handles.parse(token)
    if handle is not None:
        refresh_token = store().refresh_token(handles.key(handle), client.client_id)
        return journal.authorization(refresh_token.authorization_id) if refresh_token is not None else None
    claims = signer().verify(token, typ=access_token.TYP)
    if claims is None or claims["client_id"] != client.client_id:
        return None
    if access_token.AUTHORIZATION_ID in claims:
        return journal.authorization(claims[access_token.AUTHORIZATION_ID])
    return journal.token(claims["jti"])


def read_id_token_hint(token: str) -> Mapping[str, Any] | None:
    """The claims of an ID token of ours, expired or under a key that was retired too (OpenID Connect RP-Initiated
    Logout §2, Core §3.1.2.1)."""
    claims = signer().verify(token, typ=id_token.TYP, retired=True)
    return claims if claims is not None and claims["iss"] == settings.ISSUER else None


def _read_refresh_token(handle: handles.Handle, client: Client, now: datetime) -> VerifiedRefreshToken | None:
    token = store().refresh_token(handles.key(handle), client.client_id)
    if token is None or token.spent_at is not None or token.expires <= now:
        return None
    authorization = store().authorization(token.authorization_id, now)
    if authorization is None:
        return None
    return VerifiedRefreshToken(client.client_id, token.scope, token.expires, authorization)


def _client_is_void(claims: Mapping[str, Any]) -> bool:
    keys = (journal.token(claims["jti"]), journal.client(claims["client_id"]))
    # Nobody signed in: the token's own instant, but by a node's clock, which may run ahead of the journal's.
    return store().revoked(keys, datetime.fromtimestamp(claims["iat"], UTC) - CLOCK_MARGIN)
