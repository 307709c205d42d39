"""A clock that stands still, but for who sleeps or waits."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from accounts.ground.dynamodb import deadline, service

SECONDS = deadline.SECONDS


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """In place of the store's own; each test is one request."""
    made = Clock()
    monkeypatch.setattr(deadline, "time", made)
    monkeypatch.setattr(service, "time", made)
    return made


@contextmanager
def real_time() -> Iterator[None]:
    """Within it a request has its real time, where else the tests are patient: the clock stands still meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadline, "SECONDS", SECONDS)
        yield
