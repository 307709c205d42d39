"""No endpoint takes all connections to the database: what one of them waits for must not stop the others.

An endpoint may be answered by so many threads at once as leaves some connections to the rest; more wait for their turn.
One that was answered 503 is tried by a few requests until one succeeds, and the others are told so at once:
a database that is away holds a few threads, never all of them.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from math import inf
from threading import Condition
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from idp.node import failures

PROBES = 2
PATIENCE = 2.0
"""Seconds that a request waits for its turn."""
SICK = 3.0
"""Seconds after a 503 in which an endpoint is only tried, unless it succeeds before: the longest statement's."""


class Bulkhead:
    """Middleware. A group is a route, so nobody who makes up paths can make groups."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._groups: defaultdict[str, Group] = defaultdict(lambda: Group(turns(settings.DATABASE_POOL)))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        group: Group | None = getattr(request, "bulkhead", None)
        if group is not None:
            group.leave(failed=response.status_code == 503)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        match = request.resolver_match
        group = self._groups[match.route if match is not None else ""]
        if not group.enter():
            return failures.unavailable(request)
        request.bulkhead = group  # type: ignore[attr-defined]  # ours
        return None


class Group:
    """The requests that are at one endpoint."""

    def __init__(self, turns: int) -> None:
        self._turns = turns
        self._running = 0
        self._failed_at = -inf
        self._freed = Condition()

    def enter(self) -> bool:
        """Whether it is the caller's turn, perhaps after a wait; then `leave` has to follow."""
        deadline = time.monotonic() + PATIENCE
        with self._freed:
            while self._running >= self._allowed():
                if self._sick() or not self._freed.wait(deadline - time.monotonic()):
                    return False
                if self._sick():  # what was waited for has failed: to try it now would take as long again
                    return False
            self._running += 1
            return True

    def leave(self, *, failed: bool) -> None:
        with self._freed:
            self._running -= 1
            if failed:
                self._failed_at = time.monotonic()
                self._freed.notify_all()  # it is no use to wait any longer
                return
            self._failed_at = -inf
            self._freed.notify()

    def _allowed(self) -> int:
        return min(PROBES, self._turns) if self._sick() else self._turns

    def _sick(self) -> bool:
        return time.monotonic() - self._failed_at < SICK


def turns(pool: int) -> int:
    """How many requests of one group run at a time: three quarters of the pool; of a small pool, all but one."""
    return max(1, min(pool - 1, pool * 3 // 4))
