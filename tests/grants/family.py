"""A family of refresh tokens at hand, and what its client gets for them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tokens.grants import redeem, settle
from tokens.protocol import handles
from tokens.protocol.errors import OAuthError
from tokens.protocol.handles import Handle
from tokens.protocol.records import NO_KEY, Client, Issuance, RefreshToken
from tokens.protocol.token_request import TokenRequest
from tokens.stores import store

IDLE, ABSOLUTE = timedelta(days=30), timedelta(days=100)
SCOPE = ("openid", "profile", "email")


@dataclass(frozen=True, slots=True)
class Family:
    """A client, the first refresh token of a person at it, and when that was given."""

    client: Client
    first: Handle
    authorization_id: str
    now: datetime

    def ask(self, token: str | None, after: timedelta = timedelta(0), **changes: Any) -> Issuance:
        """What the client gets `after` the beginning, in the transaction of the token endpoint."""
        request = TokenRequest(
            grant_type="refresh_token",
            scope=changes.pop("scope", None),
            parameters={"refresh_token": token} if token is not None else {},
            confirmation=changes.pop("confirmation", NO_KEY),
        )
        issuance = store().in_unit(lambda: redeem(request, replace(self.client, **changes), self.now + after))
        settle(issuance)
        return issuance

    def next(self, token: str, after: timedelta = timedelta(0)) -> Handle:
        """The token that replaces it."""
        successor = self.ask(token, after).refresh_token
        assert successor is not None
        assert successor != token
        return successor

    def refusal(self, token: str | None, after: timedelta = timedelta(0), **changes: Any) -> OAuthError:
        with pytest.raises(OAuthError) as refused:
            self.ask(token, after, **changes)
        return refused.value

    def kept(self, token: Handle) -> RefreshToken:
        found = store().refresh_tokens.get(handles.key(token), self.client.client_id)
        assert found is not None
        return found


Make = Callable[..., Family]
