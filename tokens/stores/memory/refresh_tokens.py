"""Refresh tokens."""

from dataclasses import replace
from datetime import datetime

from tokens.protocol.handles import Key
from tokens.protocol.records import RefreshToken
from tokens.stores.memory.state import State
from tokens.stores.memory.tables import alive


class RefreshTokens:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, token: RefreshToken, forget: Key | None = None) -> None:
        with self._state.lock:
            self._state.add(self._state.refresh_tokens, token.key, token)
            held = self._state.row(self._state.refresh_tokens, forget) if forget is not None else None
            if held is not None and held.spent_at is not None:
                self._state.change(self._state.refresh_tokens, held.key, None)

    def consume(self, key: Key, client_id: str, now: datetime) -> RefreshToken | None:
        with self._state.lock:
            token = alive(self._of_client(key, client_id), now)
            if token is None or token.spent_at is not None:
                return None
            self._state.change(self._state.refresh_tokens, key, spent := replace(token, spent_at=now))
            return spent

    def get(self, key: Key, client_id: str) -> RefreshToken | None:
        with self._state.lock:
            return self._of_client(key, client_id)

    def extend(self, key: Key, expires: datetime) -> None:
        with self._state.lock:
            self._state.write(lambda: self._extend(key, expires))

    def _extend(self, key: Key, expires: datetime) -> None:
        token = self._state.refresh_tokens.get(key)
        if token is not None and token.spent_at is None and token.expires < expires:
            self._state.refresh_tokens[key] = replace(token, expires=expires)

    def _of_client(self, key: Key, client_id: str) -> RefreshToken | None:
        token = self._state.row(self._state.refresh_tokens, key)
        return token if token is not None and token.client_id == client_id else None
