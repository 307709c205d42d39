"""How long a request may wait for DynamoDB in all, however many calls it makes and however often each is sent."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SECONDS = 2.0
"""Of a request. What it does between calls, such as to hash a password, is not counted. Outside of requests, as in a
task, each call has as long."""
AGAIN = 2
"""How often a request is sent again because it is throttled (`throttles`)."""


class Deadline:
    def __init__(self, *, of_a_request: bool = False) -> None:
        self.of_a_request = of_a_request
        self._left = SECONDS
        self._since: float | None = None  # by the monotonic clock; None while nobody waits
        self._again = AGAIN

    def take_again(self) -> bool:
        """Whether what is throttled may be sent again, once more."""
        self._again -= 1
        return self._again >= 0

    def left(self) -> float:
        """Seconds."""
        return self._left if self._since is None else self._left - (time.monotonic() - self._since)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """The time of the block is counted: once, also where blocks of one deadline are within each other."""
        if self._since is not None:
            yield
            return
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._left, self._since = self.left(), None


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def begin() -> None:
    """A request begins."""
    _current.set(Deadline(of_a_request=True))


def end() -> None:
    """It ended."""
    _current.set(None)


@contextmanager
def of_a_request() -> Iterator[None]:
    """For what is no request and is to be as quick as one."""
    token = _current.set(Deadline(of_a_request=True))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Deadline:
    """The request's; outside of requests one for the call that asks."""
    return _current.get() or Deadline()
