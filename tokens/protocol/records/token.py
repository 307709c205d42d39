"""Codes and tokens that have a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokens.protocol.handles import Key
from tokens.protocol.records.authorization import Authorization
from tokens.protocol.records.confirmation import NO_KEY, Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An opaque access token: the row holds the claims that a JWT (RFC 9068 §2.2) would carry."""

    key: Key
    claims: Mapping[str, Any]
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """RFC 6749 §1.5. `generation` counts the tokens of a family from 0; a request may narrow `scope`."""

    key: Key
    authorization_id: str
    client_id: str
    generation: int
    scope: tuple[str, ...]
    expires: datetime
    spent_at: datetime | None = None
    confirmation: Confirmation = NO_KEY
    """What its sender has to show: of a public client, whose request proves nothing else (RFC 9449 §5, RFC 8705 §4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """RFC 6749 §4.1.2. It carries its whole authorization: one write consumes it and tells all that is needed."""

    key: Key
    authorization: Authorization
    redirect_uri: str
    code_challenge: str | None
    nonce: str | None
    expires: datetime
    spent_at: datetime | None = None
    dpop_jkt: str | None = None
    """The thumbprint of the key that has to redeem it (RFC 9449 §10)."""
