"""Opaque access tokens."""

from datetime import datetime

from tokens.protocol.handles import Key
from tokens.protocol.records import AccessToken
from tokens.stores.memory.state import State
from tokens.stores.memory.tables import alive


class AccessTokens:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, token: AccessToken) -> None:
        with self._state.lock:
            self._state.add(self._state.access_tokens, token.key, token)

    def get(self, key: Key, now: datetime) -> AccessToken | None:
        with self._state.lock:
            return alive(self._state.row(self._state.access_tokens, key), now)
