"""Whether this process may do scheduled work: one that does not fit would seal keys as no other node does, or write to
tables of another build."""

import logging
import time
from collections.abc import Mapping
from threading import Lock

from idp.fit import state

logger = logging.getLogger("idp.fit")


class Permit:
    """To be asked before each piece of work, by any thread: it looks again every ten seconds, and says once what does
    not fit, and once that it does again. While the database does not answer, what was known holds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._due = 0.0
        self._faults: Mapping[str, str] = {}

    def __call__(self) -> bool:
        with self._lock:
            if time.monotonic() >= self._due:
                self._look()
            return not self._faults

    def _look(self) -> None:
        try:
            faults = state.look()
        except state.NO_ANSWER:
            return
        self._due = time.monotonic() + state.SECONDS
        before, self._faults = self._faults, faults
        if faults and faults != before:
            logger.error("this process does not fit, and does no work: %s", state.told(faults))
        if before and not faults:
            logger.info("this process fits again, and works")
