"""No endpoint takes all connections to the database: what one of them waits for must not stop the others.

An endpoint may be answered by so many threads at once as leaves some connections to the rest; more wait for their turn.
One where something failed that all its requests need (`failures.server_error` says so) is tried by a few requests until
one succeeds, and the others are told so at once: a database that is away holds a few threads, never all of them.

A turn is never held for a stranger. The body of a request is read before, however slowly it comes, and who waits for
another server gives the turn back meanwhile (`accounts.ground.turn`). So a turn that is held for long is a thread that
is stuck.

Where the store is not in the database, programs' requests do without it: as many are answered at once as leave some
threads to the rest. Those that need a person's row take a turn at the database besides, all routes together, for as
long as that statement takes: a database that is away, or hangs, is met by a few of them, and the route is not sick.

What takes a core for long has a queue before the turn (`accounts.ground.queue`), in threads for it alone.
"""

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from math import inf
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from accounts.ground import turn
from accounts.ground.queue import Queue, Queued, queued
from accounts.ground.unavailable import Unavailable
from accounts.site.form_type import FORM_TYPE
from idp.mount_list import OF_PROGRAMS
from idp.node import failures
from tokens.checks import needs_database

PROBES = 2
RETRY_AFTER = timedelta(seconds=2)
PATIENCE = 2.0
"""Seconds that a request waits for its turn."""
SICK = 3.0
"""Seconds after a failure in which an endpoint is only tried, unless it succeeds before: the longest statement's."""
STUCK = 60.0
"""Seconds for which nothing of ours holds a turn: every wait within one has a limit, and few follow each other."""

_held: dict[int, float] = {}
"""Since when, on the monotonic clock, each turn of this process that is held was."""


class Bulkhead:
    """Middleware. A group is a route, so nobody who makes up paths can make groups."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._groups: defaultdict[str, Group] = defaultdict(lambda: Group(turns(settings.DATABASE_POOL)))
        self._elsewhere: defaultdict[str, Group] = defaultdict(lambda: Group(turns(settings.THREADS)))
        self._database = Group(turns(settings.DATABASE_POOL))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self._get_response(request)
        finally:
            place: Queue | None = getattr(request, "place", None)
            if place is not None:
                place.leave()
        held: Turn | None = getattr(request, "turn", None)
        if held is not None:
            # A 503 of a view's own says nothing of the others: what it waited for may be one client's.
            held.end(failed=getattr(request, "failed_for_everybody", False))
            turn.hold(None)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        _read(request)
        waits = queued(request)
        if waits is not None:
            place = waits.queue()
            if not place.enter():
                return _full(request, waits)
            request.place = place  # type: ignore[attr-defined]  # ours
        taken = self._turn(request)
        if not taken.take():
            return _full(request, waits)
        request.turn = taken  # type: ignore[attr-defined]  # ours
        turn.hold(taken)
        return None

    def _turn(self, request: HttpRequest) -> "Turn":
        match = request.resolver_match
        route = match.route if match is not None else ""
        if request.path_info in OF_PROGRAMS and not needs_database():
            return Turn(self._elsewhere[route], self._database)
        return Turn(self._groups[route])


def _full(request: HttpRequest, waits: Queued | None) -> HttpResponse:
    if waits is None or waits.full is None:
        return failures.unavailable(request)
    return waits.full(request)


def stuck() -> int:
    """How many threads of this process have held a turn for so long that they will not come back."""
    return sum(time.monotonic() - since > STUCK for since in list(_held.values()))


def _read(request: HttpRequest) -> None:
    """All that its sender has to send, if it is a form: nothing else is read here. What cannot be read, or is too long,
    is told by who asks for it."""
    if request.content_type != FORM_TYPE:
        return
    with contextlib.suppress(UnreadablePostError, SuspiciousOperation):
        _ = request.body


class Turn:
    """One request's, at one group. `database`: the group of those who ask the database, where this one is not it."""

    def __init__(self, group: "Group", database: "Group | None" = None) -> None:
        self._group, self._database = group, database

    def take(self) -> bool:
        """Whether it has come."""
        if not self._group.enter():
            return False
        _held[id(self)] = time.monotonic()
        return True

    def give_back(self) -> None:
        del _held[id(self)]
        self._group.leave()

    def take_again(self) -> None:
        if not self.take():
            raise Unavailable(RETRY_AFTER)

    @contextlib.contextmanager
    def at_the_database(self) -> Iterator[None]:
        """The connection is given back with the turn."""
        if self._database is None:
            yield
            return
        if not self._database.enter():
            raise Unavailable(RETRY_AFTER)
        failed = False
        try:
            yield
        except Exception as error:
            if not failures.is_down(error):
                raise
            failed = failures.is_everybodys(error)
            raise Unavailable(RETRY_AFTER) from error
        finally:
            if not connection.in_atomic_block:
                connection.close()
            self._database.end(failed=failed)

    def end(self, *, failed: bool) -> None:
        if _held.pop(id(self), None) is not None:
            self._group.end(failed=failed)


class Group(Queue):
    """The requests that are at one endpoint."""

    def __init__(self, turns: int) -> None:
        super().__init__(places=turns, most=0, patience=PATIENCE)
        self._failed_at = -inf

    def enter(self) -> bool:
        """Whether it is the caller's turn, perhaps after a wait; then `leave` or `end` has to follow."""
        if not super().enter():
            return False
        if self._taken > self._open():
            # What was waited for has failed meanwhile: to try it now would take as long again.
            self.leave()
            return False
        return True

    def end(self, *, failed: bool) -> None:
        """As `leave`, of a request that tells of the endpoint's health."""
        with self._lock:
            self._taken -= 1
            self._failed_at = time.monotonic() if failed else -inf
            if failed:
                self._send_away()
            else:
                self._hand_on()

    def _open(self) -> int:
        return min(PROBES, self._places) if self._sick() else self._places

    def _may_wait(self) -> bool:
        return not self._sick()

    def _sick(self) -> bool:
        return time.monotonic() - self._failed_at < SICK


def turns(pool: int) -> int:
    """How many requests of one group run at a time: three quarters of the pool, of connections or of threads; of a
    small pool, all but one."""
    return max(1, min(pool - 1, pool * 3 // 4))
