"""Signing keys: all of them in one row, so that each verb is one condition on it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tokens.protocol.records import KeyState, SigningKey
from tokens.stores.memory.state import RING, State

ONE_A_STATE = ("next", "active")
Ring = Mapping[str, SigningKey]


class Keys:
    def __init__(self, state: State) -> None:
        self._state = state

    def all(self) -> list[SigningKey]:
        with self._state.lock:
            return sorted(self._ring().values(), key=lambda key: (key.created, key.kid))

    def add(self, key: SigningKey) -> bool:
        return self._change(lambda ring, now: _added(ring, replace(key, since=now)))

    def activate(self, key: SigningKey, after: timedelta) -> bool:
        return self._change(lambda ring, now: _activated(ring, key, after, now))

    def withdraw(self, key: SigningKey) -> bool:
        return self._change(lambda ring, now: _withdrawn(ring, key, now))

    def retire(self, key: SigningKey, after: timedelta) -> bool:
        return self._change(lambda ring, now: _retired(ring, key, after, now))

    def revoke(self, kid: str) -> bool:
        return self._change(lambda ring, now: _revoked(ring, kid, now))

    def _ring(self) -> Ring:
        return self._state.row(self._state.rings, RING) or {}

    def _change(self, changed: Callable[[Ring, datetime], Ring | None]) -> bool:
        with self._state.lock:
            ring = changed(self._ring(), self._state.clock())
            if ring is not None:
                self._state.change(self._state.rings, RING, ring)
            return ring is not None


def _added(ring: Ring, key: SigningKey) -> Ring | None:
    taken = {(each.alg, each.state) for each in ring.values() if each.state in ONE_A_STATE}
    return None if key.kid in ring or (key.alg, key.state) in taken else {**ring, key.kid: key}


def _activated(ring: Ring, key: SigningKey, after: timedelta, now: datetime) -> Ring | None:
    if not _has_been(ring, key.kid, "next", now - after):
        return None
    active = [each for each in ring.values() if (each.alg, each.state) == (key.alg, "active")]
    return {
        **ring,
        **{each.kid: replace(each, state="retiring", since=now) for each in active},
        key.kid: replace(ring[key.kid], state="active", since=now),
    }


def _withdrawn(ring: Ring, key: SigningKey, now: datetime) -> Ring | None:
    if key.kid not in ring or ring[key.kid].state not in ONE_A_STATE:
        return None
    return {**ring, key.kid: replace(ring[key.kid], state="retiring", since=now)}


def _retired(ring: Ring, key: SigningKey, after: timedelta, now: datetime) -> Ring | None:
    return _ended(ring, key.kid, "retired", now) if _has_been(ring, key.kid, "retiring", now - after) else None


def _revoked(ring: Ring, kid: str, now: datetime) -> Ring | None:
    return _ended(ring, kid, "revoked", now) if kid in ring and ring[kid].state != "revoked" else None


def _has_been(ring: Ring, kid: str, state: KeyState, since: datetime) -> bool:
    return kid in ring and ring[kid].state == state and ring[kid].since <= since


def _ended(ring: Ring, kid: str, state: KeyState, now: datetime) -> Ring:
    return {**ring, kid: replace(ring[kid], state=state, private="", since=now)}
