"""Signing keys."""

from dataclasses import replace
from datetime import timedelta

from tokens.protocol.records import KeyState, SigningKey
from tokens.stores.memory.state import State

ONE_A_STATE = ("next", "active")


class Keys:
    def __init__(self, state: State) -> None:
        self._state = state

    def all(self) -> list[SigningKey]:
        with self._state.lock:
            return sorted(self._state.keys.values(), key=lambda key: (key.created, key.kid))

    def add(self, key: SigningKey) -> bool:
        with self._state.lock:
            held = self._state.keys
            taken = {(each.alg, each.state) for each in held.values() if each.state in ONE_A_STATE}
            if key.kid in held or (key.alg, key.state) in taken:
                return False
            held[key.kid] = replace(key, since=self._state.clock())
            return True

    def activate(self, key: SigningKey, after: float) -> bool:
        with self._state.lock:
            if not self._has_been(key.kid, "next", after):
                return False
            for held in list(self._state.keys.values()):
                if (held.alg, held.state) == (key.alg, "active"):
                    self._move(held.kid, "retiring")
            self._move(key.kid, "active")
            return True

    def retire(self, key: SigningKey, after: float) -> bool:
        with self._state.lock:
            return self._has_been(key.kid, "retiring", after) and self._end(key.kid, "retired")

    def revoke(self, kid: str) -> bool:
        with self._state.lock:
            held = self._state.keys.get(kid)
            return held is not None and held.state != "revoked" and self._end(kid, "revoked")

    def _has_been(self, kid: str, state: KeyState, after: float) -> bool:
        key = self._state.keys.get(kid)
        return key is not None and key.state == state and key.since <= self._state.clock() - timedelta(seconds=after)

    def _move(self, kid: str, state: KeyState) -> None:
        self._state.keys[kid] = replace(self._state.keys[kid], state=state, since=self._state.clock())

    def _end(self, kid: str, state: KeyState) -> bool:
        self._move(kid, state)
        self._state.keys[kid] = replace(self._state.keys[kid], private="")
        return True
