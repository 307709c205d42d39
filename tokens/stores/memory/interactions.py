"""Authorization requests that wait for a person."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.protocol.records import UNBOUND, Client, Done, Interaction
from tokens.stores.memory.state import State
from tokens.stores.memory.tables import alive


class Interactions:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, interaction: Interaction) -> None:
        with self._state.lock:
            self._state.add(self._state.interactions, interaction.key, interaction)

    def get(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        with self._state.lock:
            return self._waiting(key, browser, now)

    def with_client(self, key: Key, browser: Key, now: datetime) -> tuple[Interaction, Client] | None:
        with self._state.lock:
            held = self._waiting(key, browser, now)
            client = self._state.clients.get(held.parameters["client_id"]) if held is not None else None
            return (held, replace(client, secrets=(), resources=())) if held is not None and client else None

    def bind(self, key: Key, browser: Key, steps: Collection[Done], now: datetime) -> bool:
        with self._state.lock:
            held = self._waiting(key, UNBOUND, now)
            if held is not None:
                bound = replace(held, browser=browser, steps=frozenset(steps))
                self._state.change(self._state.interactions, key, bound)
            return held is not None

    def record_step(self, key: Key, browser: Key, step: Done, now: datetime) -> bool:
        with self._state.lock:
            held = self._waiting(key, browser, now)
            if held is not None:
                self._state.change(self._state.interactions, key, replace(held, steps=held.steps | {step}))
            return held is not None

    def consume(self, key: Key, browser: Key, now: datetime) -> bool:
        with self._state.lock:
            held = self._waiting(key, browser, now)
            if held is not None:
                self._state.change(self._state.interactions, key, None)
            return held is not None

    def _waiting(self, key: Key, browser: Key, now: datetime) -> Interaction | None:
        held = alive(self._state.row(self._state.interactions, key), now)
        if held is None or held.browser != browser or self._state.void([journal.EVERYTHING], held.created):
            return None
        return held
