"""Protected resources."""

from collections.abc import Collection

from tokens.protocol.records import Resource
from tokens.stores.memory.state import State


class Resources:
    def __init__(self, state: State) -> None:
        self._state = state

    def named(self, identifiers: Collection[str]) -> list[Resource]:
        with self._state.lock:
            held = self._state.resources
            return [held[name] for name in sorted(set(identifiers)) if name in held]
