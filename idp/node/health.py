"""Whether this node lives, and whether it may be sent requests."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings
from django.db import connection, connections
from django.http import HttpRequest, JsonResponse

from idp.node.alone import be_alone
from idp.node.bulkhead import stuck
from idp.node.draining import draining
from idp.node.failures import RETRY_AFTER
from idp.node.readiness import FIRST, Check, ask, needed, wanted
from idp.node.time_limit import TimeLimit

NO_STORE = {"Cache-Control": "no-store"}
SECONDS = 3.0
"""So long a check may take: a little more than the database's own limits, which tell better what is wrong."""
LATE = f"no answer within {SECONDS:g} s"


def _limited(checks: Mapping[str, Check]) -> dict[str, Check]:
    """They share a thread, and with it a connection that is not the pool's: a pool that is full is no reason to send
    this node's requests to the others, who have as many."""
    thread = ThreadPoolExecutor(1, "readiness", be_alone)
    return {name: TimeLimit[str | None](partial(_ask, check), SECONDS, LATE, thread) for name, check in checks.items()}


def _ask(check: Check) -> str | None:
    """The connection is kept as long as all is well, and looked at first. Then a new one tells how it is now."""
    connection.close_if_unusable_or_obsolete()
    fault = ask(check)
    if fault is not None:
        connections.close_all()
    return fault


_needed, _wanted = _limited(needed()), _limited(wanted())


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers, and its threads come back: nothing else is asked, so that a database that is down restarts
    no node. Where as many are stuck as there are connections, only a restart helps."""
    if (number := stuck()) >= settings.DATABASE_POOL:
        return JsonResponse({"status": "stuck", "threads": number}, status=503, headers=NO_STORE)
    return JsonResponse({"status": "ok"}, headers=NO_STORE)


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything that the node needs is there; else 503, with what is not. A warning leaves it ready."""
    if draining():
        return _unready({"status": "draining"})
    if failed := _failed():
        return _unready({"status": "unready", "failed": failed})
    warnings = _faults(_wanted)
    return JsonResponse({"status": "ok", **({"warnings": warnings} if warnings else {})}, headers=NO_STORE)


def _failed() -> dict[str, str]:
    first = {name: check for name, check in _needed.items() if name in FIRST}
    others = {name: check for name, check in _needed.items() if name not in FIRST}
    return _faults(first) or _faults(others)


def _faults(checks: Mapping[str, Callable[[], str | None]]) -> dict[str, str]:
    return {name: fault for name, check in checks.items() if (fault := check()) is not None}


def _unready(described: Mapping[str, object]) -> JsonResponse:
    return JsonResponse(described, status=503, headers={**NO_STORE, "Retry-After": RETRY_AFTER})
