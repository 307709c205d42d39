"""What a grant hands to the mint."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokens.protocol.handles import Handle
from tokens.protocol.records.authorization import Authorization
from tokens.protocol.records.client import Protection
from tokens.protocol.records.confirmation import NO_KEY, Confirmation
from tokens.protocol.records.token import RefreshToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuance:
    """What a request is entitled to. `refresh_token` is what the client is told; storing it was the grant's affair.

    `authorization` is None where nobody signed in: the client acts for itself (RFC 6749 §4.4)."""

    authorization: Authorization | None
    scope: tuple[str, ...]
    resource: tuple[str, ...] = ()
    """The protected resources that this access token is for; none: only ourselves."""
    nonce: str | None = None
    protection: Protection | None = None
    """What the authorization request had sent against stolen codes, where a code is redeemed."""
    refresh_token: Handle | None = None
    extended: RefreshToken | None = None
    """The refresh token that its client keeps, where this use moves its end."""
    confirmation: Confirmation = NO_KEY
    """What the sender of the access token will have to show: what the sender of this request has shown."""
    members: Mapping[str, object] = field(default_factory=dict)
    """What the grant adds to the token response, such as `issued_token_type` (RFC 8693 §2.2.1)."""
    claims: Mapping[str, object] = field(default_factory=dict)
    """What the grant adds to the access token, such as `act` (RFC 8693 §4.1)."""
