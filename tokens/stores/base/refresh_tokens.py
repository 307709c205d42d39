"""Refresh tokens. A family's first token is added with its authorization."""

from datetime import datetime
from typing import Protocol

from tokens.protocol.handles import Key
from tokens.protocol.records import RefreshToken


class RefreshTokens(Protocol):
    def add(self, token: RefreshToken, forget: Key | None = None) -> None:
        """Adds a successor. `forget`: a spent token whose row nobody needs any more goes with it, in one decision. A
        store whose rows end by themselves may leave that to them."""

    def consume(self, key: Key, client_id: str, now: datetime) -> RefreshToken | None:
        """Spends the client's token: the record for the one caller who did, None for everybody else."""

    def get(self, key: Key, client_id: str) -> RefreshToken | None:
        """The client's token as it is, expired or spent too."""

    def extend(self, key: Key, expires: datetime) -> None:
        """Moves the end of an unspent token that is used again and again; never back."""
