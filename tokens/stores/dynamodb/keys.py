"""Signing keys: one item, the ring, with a version: each verb is one condition on it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from accounts.ground.dynamodb.items import number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK
from accounts.ground.dynamodb.unit import Condition, Place
from tokens.protocol.records import SigningKey, codec
from tokens.stores.base import ring as ring_changes
from tokens.stores.base.ring import Ring

KEYS, VERSION = "keys", "version"
ATTEMPTS = 8


class Keys:
    def __init__(self, state: State) -> None:
        self._state = state

    def all(self) -> list[SigningKey]:
        return sorted(self._ring()[0].values(), key=lambda key: (key.created, key.kid))

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

    def _ring(self) -> tuple[Ring, int]:
        """The keys, and the version of the item; 0: there is none."""
        item = self._state.get(self._place)
        if item is None:
            return {}, 0
        keys = [codec.from_json(SigningKey, each) for each in json.loads(str(item[KEYS]))]
        return {key.kid: key for key in keys}, number(item, VERSION)

    def _change(self, changed: Callable[[Ring, datetime], Ring | None]) -> bool:
        for _ in range(ATTEMPTS):
            before, version = self._ring()
            ring = changed(before, self._state.clock())
            if ring is None:
                return False
            conditions: list[Condition] = [(VERSION, "=", version)] if version else [(PK, "absent", None)]
            keys = json.dumps([codec.to_json(key) for key in ring.values()])
            if self._state.decide(self._place, conditions, {KEYS: keys, VERSION: version + 1}):
                return True
        return False

    @property
    def _place(self) -> Place:
        return "signing_keys", f"ring:{self._state.region}", ""
