"""The journal of what is void."""

from collections.abc import Collection
from datetime import datetime

from tokens.stores.memory.state import Revocation, State


class Journal:
    def __init__(self, state: State) -> None:
        self._state = state

    def revoke(self, key: str, expires: datetime) -> None:
        with self._state.lock:
            self._state.write(lambda: self._revoke(key, expires))

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        with self._state.lock:
            self._state.write(lambda: self._revoke_until_now(key, expires))

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        with self._state.lock:
            return self._state.void(keys, root_at)

    def _revoke(self, key: str, expires: datetime) -> None:
        held = self._state.revocations.get(key)
        self._state.revocations[key] = Revocation(None, max(expires, held.expires) if held else expires)

    def _revoke_until_now(self, key: str, expires: datetime) -> None:
        now = self._state.clock()
        held = self._state.revocations.get(key, Revocation(now, expires))
        until = max(held.until, now) if held.until is not None else None
        self._state.revocations[key] = Revocation(until, max(held.expires, expires))
