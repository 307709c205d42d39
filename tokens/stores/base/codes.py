"""Authorization codes. Spent is a mark, not a delete: a replay must be told from what never was."""

from datetime import datetime
from typing import Protocol

from tokens.protocol.handles import Key
from tokens.protocol.records import AuthorizationCode


class Codes(Protocol):
    def add(self, code: AuthorizationCode) -> bool:
        """Adds it. False, and nothing is added, where the journal voided what its authorization hangs on before the
        call: a code that nobody could redeem is not given out."""

    def consume(self, key: Key, client_id: str, now: datetime) -> AuthorizationCode | None:
        """Spends the client's code: the record for the one caller who did, None for everybody else."""

    def get(self, key: Key, client_id: str) -> AuthorizationCode | None:
        """The client's code as it is, expired or spent too: to tell a replay from a stranger."""
