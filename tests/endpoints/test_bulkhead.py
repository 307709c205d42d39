"""No endpoint takes all connections: one that waits for the database leaves room for the others."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Event, Semaphore
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import Error, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.test import RequestFactory
from django.urls import resolve
from psycopg.errors import (
    DeadlockDetected,
    LockNotAvailable,
    QueryCanceled,
    ReadOnlySqlTransaction,
    SerializationFailure,
)
from psycopg_pool import PoolTimeout

from accounts.ground import turn
from accounts.ground.unavailable import Unavailable
from accounts.site.form_type import FORM_TYPE
from idp.node import bulkhead, failures
from idp.node.bulkhead import PROBES, SICK, STUCK, Bulkhead, Group, stuck, turns
from idp.node.health import healthz
from idp.wsgi import Request
from tests.support.waiting import until

TURNS = 6
LONG = 30.0  # seconds
"""Within which somebody hears who is told at once, and nobody who waits for the end."""


def _of(cause: Exception, kind: type[Error] = OperationalError) -> Error:
    """As Django hands on what the driver raised."""
    error = kind("the database said so")
    error.__cause__ = cause
    return error


@pytest.fixture(autouse=True)
def held_by_nobody() -> Iterator[None]:
    yield
    turn.hold(None)


@pytest.fixture(autouse=True)
def in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store is, whichever a run has."""
    monkeypatch.setattr(bulkhead, "needs_database", lambda: True)


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whenever a connection outside of any transaction is given back, which a test's own cannot be."""
    given: list[bool] = []
    connection = SimpleNamespace(in_atomic_block=False, close=lambda: given.append(True))
    monkeypatch.setattr(turn, "connection", connection)
    return given


@pytest.fixture
def group() -> Group:
    return Group(TURNS)


def fill(group: Group, number: int = TURNS) -> None:
    assert [group.enter() for _ in range(number)] == [True] * number


def sicken(group: Group) -> None:
    fill(group, 1)
    group.end(failed=True)


def until_waits(group: Group, number: int = 1) -> None:
    until(lambda: len(group._waiting) == number)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not told does not give up within the test."""
    monkeypatch.setattr(bulkhead, "PATIENCE", 2 * LONG)


def test_some_connections_are_left_to_the_others() -> None:
    assert [turns(pool) for pool in (1, 2, 3, 4, 8, 20)] == [1, 1, 2, 3, 6, 15]


@pytest.mark.usefixtures("patient")
def test_one_more_waits_for_its_turn(group: Group) -> None:
    fill(group)
    with ThreadPoolExecutor(1) as pool:
        waiting: Future[bool] = pool.submit(group.enter)
        until_waits(group)
        assert not waiting.done()
        group.end(failed=False)
        assert waiting.result(LONG) is True


def test_nobody_waits_for_ever(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkhead, "PATIENCE", 0.05)
    fill(group)
    assert not group.enter()


@pytest.mark.usefixtures("patient")
def test_after_a_failure_a_few_try_and_the_others_are_told_at_once(group: Group) -> None:
    sicken(group)
    fill(group, PROBES)
    before = time.monotonic()
    assert not group.enter()
    assert time.monotonic() - before < LONG


@pytest.mark.usefixtures("patient")
def test_those_who_wait_are_told_as_soon_as_it_is_no_use(group: Group) -> None:
    fill(group)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(group.enter) for _ in range(3)]
        until_waits(group, 3)
        group.end(failed=True)
        assert [each.result(LONG) for each in waiting] == [False] * 3


@pytest.mark.usefixtures("patient")
def test_nobody_who_waited_tries_what_has_just_failed(group: Group) -> None:
    """They would wait as long again."""
    fill(group)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(group.enter)
        until_waits(group)
        with group._lock:
            group._taken -= 1
            group._hand_on()
            group._failed_at = time.monotonic() + LONG  # before the one whose turn it is can look, however late that is
        assert waiting.result(LONG) is False
    assert group._taken == TURNS - 1


@pytest.mark.usefixtures("patient")
def test_nobody_overtakes_who_came_before_them(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that had to be taken by who was woken would be taken by who comes in that moment."""
    fill(group)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(group.enter)
        until_waits(group)
        monkeypatch.setattr(group, "_patience", 0.0)
        group.leave()
        assert not group.enter()
        assert waiting.result(LONG) is True


def test_one_success_opens_it_again(group: Group) -> None:
    sicken(group)
    fill(group, 1)
    group.end(failed=False)
    fill(group)


def test_a_failure_is_forgotten_after_a_while(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    sicken(group)
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + SICK)
    fill(group)


def test_an_endpoint_that_is_full_does_not_stop_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkhead, "PATIENCE", 0.05)
    made = Bulkhead(lambda request: HttpResponse())
    for _ in range(TURNS):
        assert made.process_view(_request("oauth2/token")) is None
    refused = made.process_view(_request("oauth2/token"))
    assert refused is not None
    assert (refused.status_code, refused["Retry-After"], refused["Content-Type"]) == (503, "2", "application/json")
    assert made.process_view(_request("oauth2/userinfo")) is None


def _request(route: str) -> HttpRequest:
    request = RequestFactory().get(f"/{route}")
    request.resolver_match = resolve(f"/{route}")
    return request


# --- What tells of an endpoint's health

EVERYBODYS = {
    "a database that went away": OperationalError("gone"),
    "a connection that broke": InterfaceError("closed"),
    "no connection left": PoolTimeout("couldn't get one"),
    "a lock that did not come": _of(LockNotAvailable()),
    "a statement that took too long": _of(QueryCanceled()),
    "a server that takes no writes": _of(ReadOnlySqlTransaction(), InternalError),
    "a store that is away": Unavailable(timedelta(seconds=1), for_everybody=True),
}
ONE_REQUESTS = {
    "a deadlock": _of(DeadlockDetected()),
    "two that met": _of(SerializationFailure()),
    "a store that is busy with this row": Unavailable(timedelta(seconds=1)),
    "a fault of ours": ValueError("a fault"),
}


@pytest.mark.parametrize(
    ("error", "sick"),
    [*((each, True) for each in EVERYBODYS.values()), *((each, False) for each in ONE_REQUESTS.values())],
    ids=[*EVERYBODYS, *ONE_REQUESTS],
)
def test_health_is_told_by_what_all_requests_need(error: Exception, sick: bool) -> None:
    request = _request("oauth2/token")
    made = Bulkhead(lambda request: _raised(request, error))
    assert made.process_view(request) is None
    made(request)
    assert made._groups["oauth2/token"]._sick() is sick


@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 429, 500, 503])
def test_what_a_view_answers_by_itself_tells_nothing_of_its_endpoint(status: int) -> None:
    """A client's keys that cannot be had are a 503 too: they are that client's."""
    request = _request("oauth2/token")
    made = Bulkhead(lambda request: HttpResponse(status=status))
    assert made.process_view(request) is None
    made(request)
    assert not made._groups["oauth2/token"]._sick()


# --- Strangers


@pytest.mark.parametrize("endpoint", ["oauth2/token", "oauth2/revoke", "oauth2/introspect", "oauth2/userinfo"])
def test_any_number_that_wait_for_strangers_leave_all_turns_to_the_others(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulkhead, "PATIENCE", 0.05)
    answers = Event()

    def wait_for_a_stranger(request: HttpRequest) -> HttpResponse:
        made.process_view(request)
        with turn.given_back():
            waiting.release()
            answers.wait(LONG)
        return HttpResponse()

    made, waiting = Bulkhead(wait_for_a_stranger), Semaphore(0)
    group = made._groups[endpoint]
    with ThreadPoolExecutor(2 * TURNS) as pool:
        asked = [pool.submit(made, _request(endpoint)) for _ in range(2 * TURNS)]
        assert all(waiting.acquire(timeout=LONG) for _ in asked)
        assert (group._taken, stuck()) == (0, 0)
        fill(group)
        for _ in range(TURNS):
            group.end(failed=False)
        answers.set()
        done = [future.exception(LONG) for future in asked]
    assert group._taken == 0
    # Who comes back waits for a turn as anybody does.
    assert all(error is None or isinstance(error, Unavailable) for error in done)


def test_who_waits_for_a_stranger_holds_no_connection(closed: list[bool]) -> None:
    made = Bulkhead(lambda request: HttpResponse())
    request = _request("oauth2/token")
    made.process_view(request)
    with turn.given_back(), turn.given_back():
        assert (closed, made._groups["oauth2/token"]._taken) == ([True], 0)
    assert made._groups["oauth2/token"]._taken == 1
    made(request)
    assert made._groups["oauth2/token"]._taken == 0


def test_what_is_no_request_has_nothing_to_give_back() -> None:
    with turn.given_back():
        pass


@pytest.mark.usefixtures("closed")
def test_who_gets_no_turn_again_is_told_to_come_back_and_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkhead, "PATIENCE", 0.05)
    made = Bulkhead(lambda request: HttpResponse(status=503))
    request = _request("oauth2/token")
    made.process_view(request)
    group = made._groups["oauth2/token"]
    with pytest.raises(Unavailable), turn.given_back():
        fill(group)
    made(request)
    assert group._taken == TURNS


def test_a_body_is_read_before_the_turn_is_taken() -> None:
    made = Bulkhead(lambda request: HttpResponse())
    seen: list[int] = []

    class Slow(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            seen.append(made._groups["oauth2/token"]._taken)
            return super().read(size)

    request = RequestFactory().post("/oauth2/token", {"a": "b"}, content_type=FORM_TYPE)
    request.resolver_match = resolve("/oauth2/token")
    request._stream = Slow(b"a=b")
    assert made.process_view(request) is None
    assert (request.body, set(seen)) == (b"a=b", {0})


def test_a_body_that_breaks_off_is_left_to_who_asks_for_it() -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("gone")

    sent = RequestFactory().post("/oauth2/token", content_type=FORM_TYPE).environ
    environ = {**sent, "CONTENT_LENGTH": "3", "wsgi.input": Broken()}
    request = Request(environ)
    request.resolver_match = resolve("/oauth2/token")
    assert Bulkhead(lambda request: HttpResponse()).process_view(request) is None
    for _ in range(2):
        with pytest.raises(UnreadablePostError):
            _ = request.body


# --- Threads that do not come back


def test_a_turn_that_is_held_for_a_minute_is_a_stuck_thread_and_too_many_end_the_node(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.DATABASE_POOL = 2
    made, clock = Bulkhead(lambda request: HttpResponse()), time.monotonic
    requests = [_request("oauth2/token"), _request("oauth2/userinfo")]
    for request in requests:
        made.process_view(request)
    assert (stuck(), healthz(requests[0]).status_code) == (0, 200)
    monkeypatch.setattr(time, "monotonic", lambda: clock() + STUCK + 1)
    said = healthz(requests[0])
    assert (stuck(), said.status_code, said.content) == (2, 503, b'{"status": "stuck", "threads": 2}')
    made(requests[0])
    assert (stuck(), healthz(requests[1]).status_code) == (1, 200)
    made(requests[1])


def _raised(request: HttpRequest, error: Exception) -> HttpResponse:
    """As Django answers a view's exception."""
    try:
        raise error
    except Exception:
        return failures.server_error(request)
