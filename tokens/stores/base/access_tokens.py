"""Opaque access tokens. Their authorization and the journal say whether they are void, as of any other."""

from datetime import datetime
from typing import Protocol

from tokens.protocol.handles import Key
from tokens.protocol.records import AccessToken


class AccessTokens(Protocol):
    def add(self, token: AccessToken) -> None: ...

    def get(self, key: Key, now: datetime) -> AccessToken | None:
        """The token, unless it expired."""
