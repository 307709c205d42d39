"""So few things at a time, and in one name no more than its share: whoever hangs holds up nobody else."""

from collections import Counter
from threading import Lock


class Places:
    """`most`: of all names; `each`: in one name. Nobody waits for a place."""

    def __init__(self, *, most: int, each: int) -> None:
        self.most = most
        self.each = each
        self._held: Counter[str] = Counter()
        """Only of names that hold one: never more than `most`."""
        self._lock = Lock()

    def take(self, name: str) -> bool:
        """Whether the caller has a place now; then `leave` has to follow, in whichever thread."""
        with self._lock:
            if self._held.get(name, 0) >= self.each or self._held.total() >= self.most:
                return False
            self._held[name] += 1
            return True

    def leave(self, name: str) -> None:
        with self._lock:
            self._held.subtract([name])
            if not self._held[name]:
                del self._held[name]

    def taken(self, name: str | None = None) -> int:
        """In this name, or in all."""
        with self._lock:
            return self._held.total() if name is None else self._held.get(name, 0)
