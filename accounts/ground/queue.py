"""A queue of requests before something that few of them may do at a time, and the mark of the views that wait in it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError


class Waiter:
    """Somebody who waits for a place, until it is handed to them or they are sent away."""

    __slots__ = ("_told", "has_place")

    def __init__(self) -> None:
        self._told = Lock()
        self._told.acquire()
        self.has_place = False

    def wait(self, seconds: float) -> None:
        self._told.acquire(timeout=seconds)

    def tell(self, *, has_place: bool) -> None:
        """Once."""
        self.has_place = has_place
        self._told.release()


class Queue:
    """`places`: how many go on at a time; `most`: how many may wait, each for `patience` seconds at the most.

    Who came first goes on first: a place is handed from who leaves to who has waited for longest. Whoever had to take
    it for themselves would find it taken by who came this moment, would have been woken for nothing, and wait on at the
    end: with 64 connections that made the slowest answers about twice as late.
    """

    def __init__(self, *, places: int, most: int, patience: float) -> None:
        self._places = places
        self._most = most
        self._patience = patience
        self._taken = 0
        self._waiting: deque[Waiter] = deque()
        self._lock = Lock()

    def enter(self) -> bool:
        """Whether the caller has a place now, perhaps after a wait; then `leave` has to follow."""
        with self._lock:
            if not self._waiting and self._taken < self._open():
                self._taken += 1
                return True
            if not self._may_wait():
                return False
            waiter = Waiter()
            self._waiting.append(waiter)
        waiter.wait(self._patience)
        with self._lock:
            # A place that was handed on in the moment in which they gave up is theirs all the same.
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            return waiter.has_place

    def leave(self) -> None:
        with self._lock:
            self._taken -= 1
            self._hand_on()

    def _hand_on(self) -> None:
        while self._waiting and self._taken < self._open():
            self._taken += 1
            self._waiting.popleft().tell(has_place=True)

    def _send_away(self) -> None:
        """Those who wait get no place."""
        while self._waiting:
            self._waiting.popleft().tell(has_place=False)

    def _open(self) -> int:
        """How many places there are at this moment."""
        return self._places

    def _may_wait(self) -> bool:
        return len(self._waiting) < self._most


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
