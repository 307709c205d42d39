"""A queue of requests before something that few of them may do at a time, and the mark of the views that wait in it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError


class Queue:
    """`places`: how many go on at a time; `most`: how many may wait, each for `patience` seconds at the most. Who came
    first goes on first."""

    def __init__(self, *, places: int, most: int, patience: float) -> None:
        self._free = places
        self._most = most
        self._patience = patience
        self._waiting: deque[Event] = deque()
        self._lock = Lock()

    def enter(self) -> bool:
        """Whether the caller has a place now, perhaps after a wait; then `leave` has to follow."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return True
            if len(self._waiting) >= self._most:
                return False
            came = Event()
            self._waiting.append(came)
        came.wait(self._patience)
        return self._came(came)

    def leave(self) -> None:
        """Hands the place on to who has waited for longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

    def _came(self, came: Event) -> bool:
        """False for who gives up. A place that was handed on in that moment is theirs all the same."""
        with self._lock:
            if not came.is_set():
                self._waiting.remove(came)
                return False
            return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What a view has that waits: its attribute `queued`."""

    queue: Callable[[], Queue]
    full: Callable[[HttpRequest], HttpResponse] | None
    """Answers who got no place; None: as where a node has no room at all."""
    when: Callable[[HttpRequest], bool]
    """Which of the requests that are posted to it."""


def queued(request: HttpRequest) -> Queued | None:
    """What the request has to wait for before its view. All of it has been read then: who sends slowly has no place,
    and who sent what cannot be read needs none."""
    match = request.resolver_match
    waits: Queued | None = getattr(match.func, "queued", None) if match is not None else None
    if waits is None or request.method != "POST":
        return None
    try:
        return waits if request.body and waits.when(request) else None
    except (UnreadablePostError, SuspiciousOperation):
        return None
