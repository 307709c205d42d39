"""Authorization codes."""

from dataclasses import replace
from datetime import datetime

from tokens.protocol import journal
from tokens.protocol.handles import Key
from tokens.protocol.records import AuthorizationCode
from tokens.stores.memory.state import State
from tokens.stores.memory.tables import alive


class Codes:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, code: AuthorizationCode) -> bool:
        with self._state.lock:
            if self._state.void(journal.of(code.authorization), code.authorization.root_at):
                return False
            self._state.add(self._state.codes, code.key, code)
            return True

    def consume(self, key: Key, client_id: str, now: datetime) -> AuthorizationCode | None:
        with self._state.lock:
            code = alive(self._of_client(key, client_id), now)
            if code is None or code.spent_at is not None:
                return None
            self._state.change(self._state.codes, key, spent := replace(code, spent_at=now))
            return spent

    def get(self, key: Key, client_id: str) -> AuthorizationCode | None:
        with self._state.lock:
            return self._of_client(key, client_id)

    def _of_client(self, key: Key, client_id: str) -> AuthorizationCode | None:
        code = self._state.row(self._state.codes, key)
        return code if code is not None and code.authorization.client_id == client_id else None
