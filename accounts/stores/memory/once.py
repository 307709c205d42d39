"""What is spent once."""

from datetime import datetime
from threading import Lock

from accounts.stores.memory.clock import Clock, machines


class Once:
    def __init__(self, clock: Clock = machines) -> None:
        self._clock = clock
        self._lock = Lock()
        self._spent: dict[str, tuple[datetime, str]] = {}

    def spend(self, name: str, ends: datetime, by: str = "") -> bool:
        with self._lock:
            now = self._clock()
            self._spent = {each: spent for each, spent in self._spent.items() if spent[0] > now}
            if name in self._spent:
                return bool(by) and self._spent[name][1] == by
            self._spent[name] = ends, by
            return True
