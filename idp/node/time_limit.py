"""An answer within a time limit, from something that may hang."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class TimeLimit(Generic[T]):
    """Asks in `thread`. Callers that come meanwhile wait for the same answer: what hangs holds one thread and one
    connection, however often it is asked."""

    def __init__(self, question: Callable[[], T], seconds: float, late: T, thread: ThreadPoolExecutor) -> None:
        self._question, self._seconds, self._late = question, seconds, late
        self._thread = thread
        self._lock = Lock()
        self._answer: Future[T] | None = None

    def __call__(self) -> T:
        """The answer, or `late` after `seconds`."""
        with self._lock:
            if self._answer is None or self._answer.done():
                self._answer = self._thread.submit(self._question)
            answer = self._answer
        try:
            return answer.result(self._seconds)
        except TimeoutError:
            return self._late
