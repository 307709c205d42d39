"""Client assertions that were shown (RFC 7523)."""

from datetime import datetime
from typing import Protocol


class ClientAssertions(Protocol):
    def use(self, client_id: str, jti: str, expires: datetime) -> bool:
        """Whether the client shows this assertion for the first time (RFC 7523 §3). `expires`: the assertion's."""
