"""An answer within a time, from something that may hang."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Limited(Generic[T]):
    """Asks in a thread of its own. Whoever asks meanwhile waits for the same answer: what hangs holds one thread and
    one connection, however often it is asked."""

    def __init__(self, question: Callable[[], T], seconds: float, late: T) -> None:
        self._question, self._seconds, self._late = question, seconds, late
        self._thread = ThreadPoolExecutor(1)
        self._lock = Lock()
        self._asked: Future[T] | None = None

    def __call__(self) -> T:
        """The answer, or `late` after `seconds`."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = self._thread.submit(self._question)
            asked = self._asked
        try:
            return asked.result(self._seconds)
        except TimeoutError:
            return self._late
