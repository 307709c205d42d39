"""Calls that are made again and again, each in a thread of its own, while a block lasts."""

import time
from collections.abc import Callable, Sequence
from random import Random
from threading import Event, Thread
from types import TracebackType
from typing import Self


class Repeating:
    """`pause`: seconds between two calls of a thread, at the most."""

    def __init__(self, acts: Sequence[tuple[Callable[[], object], Random]], pause: float) -> None:
        self._pause = pause
        self._ended = Event()
        self._threads = [Thread(target=self._repeat, args=act) for act in acts]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, act: Callable[[], object], random: Random) -> None:
        while not self._ended.is_set():
            act()
            time.sleep(random.uniform(0, self._pause))
