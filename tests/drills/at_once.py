"""Requests that leave at one instant, each on a connection that is open already."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[Callable[[], object]], T]]) -> list[T]:
    """What each call returned, in their order. A call gets what it has to wait on when it is ready."""
    gate = Barrier(len(calls), timeout=30)
    with ThreadPoolExecutor(len(calls)) as pool:
        return [running.result() for running in [pool.submit(call, gate.wait) for call in calls]]
