"""Clients, as the endpoints read them."""

from datetime import datetime, timedelta
from typing import Protocol

from tokens.protocol.records import Client


class Clients(Protocol):
    def get(self, client_id: str) -> Client | None:
        """The client, enabled or not, with its secrets."""

    def note_secret_use(self, client_id: str, digest: str, now: datetime, pause: timedelta) -> None:
        """Notes that the client's secret was used, unless that was noted within `pause` before. Never moves back."""
