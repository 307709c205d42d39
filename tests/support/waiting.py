"""Waits for an event by looking again and again: no test sleeps and hopes."""

import time
from collections.abc import Callable

PAUSE = 0.02  # seconds between two looks


def until(happened: Callable[[], object], seconds: float = 60.0, what: str = "it") -> None:
    """Returns once it is so. `seconds` only ends a run that hangs: AssertionError after them."""
    deadline = time.perf_counter() + seconds
    while not happened():
        assert time.perf_counter() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(PAUSE)
