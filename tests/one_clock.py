"""One clock for the tests and for what they test in their own process.

The database is on this machine, so what it tells is this machine's clock. The provider reckons with it as exactly as
the answer was quick, and behind a slow one it may be late by more than lies between a line of a test and the request
after it: what the test had end "now" would live on for that long. Processes that a test starts reckon by themselves.
"""

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from accounts.ground import clock

TELL = clock.tell
EXACT = SimpleNamespace(monotonic=lambda: time.time_ns() // 1000 / 1_000_000, time=time.time)
"""This machine's clock in place of the monotonic one, to the microsecond below, as `datetime.now` says it."""


@pytest.fixture(scope="session", autouse=True)
def one_clock() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "time", EXACT)
        patch.setattr(clock, "tell", lambda *_: TELL(0.0, 0.0, 0.0))
        yield


@pytest.fixture
def reckoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock as it is outside of tests, which nobody has told anything yet."""
    monkeypatch.setattr(clock, "time", time)
    monkeypatch.setattr(clock, "tell", TELL)
    monkeypatch.setattr(clock, "_offset", None)
    monkeypatch.setattr(clock, "_asked", True)
