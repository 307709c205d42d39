"""Reads any token of ours back, in one place: whoever accepts a token asks here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from tokens.keys import signer
from tokens.protocol import access_token
from tokens.protocol.errors import InvalidToken
from tokens.protocol.records import Authorization
from tokens.stores import store


@dataclass(frozen=True, slots=True)
class VerifiedAccessToken:
    """An access token that is good at this instant, for `audience`."""

    authorization: Authorization
    scope: tuple[str, ...]
    claims: Mapping[str, Any]


def verify_access_token(token: str, *, audience: str, now: datetime) -> VerifiedAccessToken:
    """Raises InvalidToken (RFC 6750 §3.1), in the same words whatever is wrong."""
    claims = signer().verify(token, typ=access_token.TYP)
    if claims is None or not _in_force(claims, audience, now):
        raise InvalidToken("the access token is expired, revoked or malformed, or meant for somebody else")
    authorization = store().authorization(claims[access_token.AUTHORIZATION_ID], now)
    if authorization is None:
        raise InvalidToken("the access token is expired, revoked or malformed, or meant for somebody else")
    return VerifiedAccessToken(authorization, tuple(claims["scope"].split()), claims)


def _in_force(claims: Mapping[str, Any], audience: str, now: datetime) -> bool:
    """Only the signature makes these our own words, so only their values are judged."""
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    return claims["iss"] == settings.ISSUER and audience in audiences and now.timestamp() < claims["exp"]
