"""What is spent once."""

from datetime import datetime
from threading import Lock

from accounts.stores.memory.clock import Clock, machines


class Once:
    def __init__(self, clock: Clock = machines) -> None:
        self._clock = clock
        self._lock = Lock()
        self._ends: dict[str, datetime] = {}

    def spend(self, name: str, ends: datetime) -> bool:
        with self._lock:
            now = self._clock()
            self._ends = {each: end for each, end in self._ends.items() if end > now}
            if name in self._ends:
                return False
            self._ends[name] = ends
            return True
