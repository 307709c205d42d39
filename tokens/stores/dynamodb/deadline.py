"""Until when a request may wait for DynamoDB in all, however many calls it makes and however often each is sent."""

import time
from contextvars import ContextVar

SECONDS = 2.0
"""Of a request; of a call, where there is no request."""

_end: ContextVar[float | None] = ContextVar("end", default=None)


def begin() -> None:
    """A request begins. Its time runs from the first call on."""
    _end.set(None)


def left() -> float:
    """Seconds. The first to ask begins the time, and one that is over begins anew: only a request ends with it."""
    now, end = time.monotonic(), _end.get()
    if end is None:
        _end.set(end := now + SECONDS)
    return end - now
