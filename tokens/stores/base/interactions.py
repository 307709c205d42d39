"""Authorization requests that wait for a person."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from tokens.protocol.handles import Key
from tokens.protocol.records import Client, Done, Interaction


class Interactions(Protocol):
    def add(self, interaction: Interaction) -> None: ...

    def get(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        """The interaction that this browser began, unless it expired, was answered, or everything was voided since."""

    def with_client(self, key: Key, browser: Key, now: datetime) -> tuple[Interaction, Client] | None:
        """As `get`, with the client that began it, without its secrets and the resources that it serves; None where one
        of them is not there."""

    def bind(self, key: Key, browser: Key, steps: Collection[Done], now: datetime) -> bool:
        """Gives an UNBOUND interaction to the browser, with these steps: true for the one caller whose it is now."""

    def record_step(self, key: Key, browser: Key, step: Done, now: datetime) -> bool:
        """Adds what the person did; whether there was an interaction to add it to."""

    def consume(self, key: Key, browser: Key, now: datetime) -> bool:
        """Ends the interaction: true for the one caller who may answer it."""
