"""Signing keys: all of them in one row, so that each verb is one condition on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from tokens.protocol.records import SigningKey
from tokens.stores.base import ring as ring_changes
from tokens.stores.base.ring import Ring
from tokens.stores.memory.state import RING, State


class Keys:
    def __init__(self, state: State) -> None:
        self._state = state

    def all(self) -> list[SigningKey]:
        with self._state.lock:
            return sorted(self._ring().values(), key=lambda key: (key.created, key.kid))

    def add(self, key: SigningKey) -> bool:
        return self._change(lambda ring, now: ring_changes.added(ring, replace(key, since=now)))

    def activate(self, key: SigningKey, after: timedelta) -> bool:
        return self._change(lambda ring, now: ring_changes.activated(ring, key, after, now))

    def withdraw(self, key: SigningKey) -> bool:
        return self._change(lambda ring, now: ring_changes.withdrawn(ring, key, now))

    def retire(self, key: SigningKey, after: timedelta) -> bool:
        return self._change(lambda ring, now: ring_changes.retired(ring, key, after, now))

    def revoke(self, kid: str) -> bool:
        return self._change(lambda ring, now: ring_changes.revoked(ring, kid, now))

    def _ring(self) -> Ring:
        return self._state.row(self._state.rings, RING) or {}

    def _change(self, changed: Callable[[Ring, datetime], Ring | None]) -> bool:
        with self._state.lock:
            ring = changed(self._ring(), self._state.clock())
            if ring is not None:
                self._state.change(self._state.rings, RING, ring)
            return ring is not None
