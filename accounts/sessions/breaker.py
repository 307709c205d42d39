"""Keeps requests away from what does not answer: they go without it, and a thread of its own sees when it is back."""

import logging
import time
from collections.abc import Callable
from threading import Lock, Thread

REST = 5.0
"""Seconds after which it is looked at again."""

logger = logging.getLogger(__name__)


class Breaker:
    """Closed once the probe succeeded, open once somebody says that it broke. It begins open, so that no request waits
    for a server that hangs as the node starts."""

    def __init__(self, name: str, probe: Callable[[], None], errors: tuple[type[Exception], ...]) -> None:
        self.name = name
        self._probe = probe
        self._errors = errors
        self._closed = False
        self._next = 0.0
        self._lock = Lock()

    def allows(self) -> bool:
        """Whether requests may use it. If not, and it has rested, a thread looks at it; who asks does not wait."""
        if not self._closed and self._may_look():
            Thread(target=self.look, name=f"{self.name} probe", daemon=True).start()
        return self._closed

    def look(self) -> None:
        """Asks it once, for as long as that takes."""
        try:
            self._probe()
        except self._errors as error:
            self.broke(error)
            return
        self._closed = True
        logger.info("%s answers", self.name)

    def broke(self, error: Exception) -> None:
        """An error may name servers and passwords: only its kind is written down."""
        with self._lock:
            was_closed, self._closed = self._closed, False
            self._next = time.monotonic() + REST
        if was_closed:
            logger.warning("%s is not asked: %s", self.name, type(error).__name__)

    def _may_look(self) -> bool:
        """True for one of those who ask at once."""
        with self._lock:
            now = time.monotonic()
            if self._closed or now < self._next:
                return False
            self._next = now + REST
            return True
