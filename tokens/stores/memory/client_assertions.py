"""Client assertions that were shown."""

from datetime import datetime

from tokens.stores.memory.state import Assertion, State


class ClientAssertions:
    def __init__(self, state: State) -> None:
        self._state = state

    def use(self, client_id: str, jti: str, expires: datetime) -> bool:
        with self._state.lock:
            is_new = self._state.row(self._state.assertions, (client_id, jti)) is None
            if is_new:
                self._state.change(self._state.assertions, (client_id, jti), Assertion(expires))
            return is_new
