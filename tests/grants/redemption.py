"""A code at hand, and the request that would redeem it."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from tokens.protocol.records import AuthorizationCode, Client
from tokens.protocol.token_request import TokenRequest


@dataclass(frozen=True, slots=True)
class Redemption:
    """A code as it was stored, who may redeem it, and the request that would."""

    code: AuthorizationCode
    client: Client
    request: TokenRequest
    person: User
    now: datetime
