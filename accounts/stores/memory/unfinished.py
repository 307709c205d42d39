"""Sign-ins that are not finished."""

from dataclasses import replace
from datetime import datetime
from threading import Lock

from accounts.stores.base.unfinished import MOST_PROOFS, Proof, UnfinishedSignIn
from accounts.stores.memory.clock import Clock, machines


class Unfinished:
    def __init__(self, clock: Clock = machines) -> None:
        self._clock = clock
        self._lock = Lock()
        self._held: dict[str, UnfinishedSignIn] = {}

    def add(self, sign_in: UnfinishedSignIn) -> None:
        with self._lock:
            now = self._clock()
            self._held = {key: each for key, each in self._held.items() if each.expires > now}
            self._held[sign_in.key] = sign_in

    def get(self, key: str, browser: str, now: datetime) -> UnfinishedSignIn | None:
        held = self._held.get(key)
        return held if held is not None and held.browser == browser and held.expires > now else None

    def prove(self, key: str, browser: str, proof: Proof, subject: str, epoch: int, now: datetime) -> bool:
        with self._lock:
            held = self.get(key, browser, now)
            if held is None or (held.subject is not None and (held.subject, held.epoch) != (subject, epoch)):
                return False
            if len(held.proofs) >= MOST_PROOFS:
                return False
            self._held[key] = replace(held, subject=subject, epoch=epoch, proofs=held.proofs | {proof})
            return True

    def finish(self, key: str, browser: str, now: datetime) -> bool:
        with self._lock:
            return self.get(key, browser, now) is not None and self._held.pop(key) is not None
