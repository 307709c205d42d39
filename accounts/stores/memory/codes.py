"""Codes that are mailed to people."""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from accounts.stores.base.codes import MOST_ATTEMPTS, Attempt, Code


@dataclass(slots=True)
class _Held:
    code: Code
    attempts: int = 0


class Codes:
    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[str, _Held] = {}

    def put(self, holder: str, code: Code) -> None:
        with self._lock:
            self._held[holder] = _Held(code)

    def attempt(self, holder: str, digest: str, now: datetime) -> Attempt:
        with self._lock:
            held = self._held.get(holder)
            if held is None or held.code.expires <= now or held.attempts >= MOST_ATTEMPTS:
                return Attempt(outcome="over")
            held.attempts += 1
            if held.code.digest != digest:
                return Attempt(outcome="wrong")
            return Attempt(outcome="right", bound=held.code.bound)

    def spend(self, holder: str, digest: str, now: datetime) -> bool:
        with self._lock:
            held = self._held.get(holder)
            is_good = held is not None and held.code.digest == digest and held.code.expires > now
            return is_good and self._held.pop(holder) is held
