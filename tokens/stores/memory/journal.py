"""The journal of what is void."""

from collections.abc import Collection
from datetime import datetime

from tokens.protocol import journal
from tokens.stores.memory.state import Revocation, State


class Journal:
    def __init__(self, state: State) -> None:
        self._state = state

    def revoke(self, key: str, expires: datetime) -> None:
        with self._state.lock:
            self._state.write(lambda: self._revoke(key, expires))

    def revoke_authorization(self, authorization_id: str, expires: datetime) -> None:
        with self._state.lock:
            held = self._state.row(self._state.authorizations, authorization_id)
            end = held.expires if held is not None else expires
            self._state.write(lambda: self._revoke(journal.authorization(authorization_id), end))

    def revoke_until_now(self, key: str, expires: datetime) -> None:
        with self._state.lock:
            self._state.write(lambda: self._revoke_until_now(key, expires))

    def revoke_until(self, key: str, until: datetime, expires: datetime) -> None:
        with self._state.lock:
            self._state.write(lambda: self._revoke_until(key, until, expires))

    def revoked(self, keys: Collection[str], root_at: datetime) -> bool:
        with self._state.lock:
            return self._state.void(keys, root_at)

    def _revoke(self, key: str, expires: datetime) -> None:
        held = self._state.revocations.get(key)
        self._state.revocations[key] = Revocation(None, max(expires, held.expires) if held else expires)

    def _revoke_until_now(self, key: str, expires: datetime) -> None:
        self._revoke_until(key, self._state.clock(), expires)

    def _revoke_until(self, key: str, instant: datetime, expires: datetime) -> None:
        held = self._state.revocations.get(key, Revocation(instant, expires))
        until = max(held.until, instant) if held.until is not None else None
        self._state.revocations[key] = Revocation(until, max(held.expires, expires))
