"""No endpoint takes all connections: one that waits for the database leaves room for the others."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from idp.node import bulkhead
from idp.node.bulkhead import PROBES, SICK, Bulkhead, Group, turns
from tests.support.waiting import until

TURNS = 6
LONG = 30.0  # seconds
"""Within which somebody hears who is told at once, and nobody who waits for the end."""


@pytest.fixture
def group() -> Group:
    return Group(TURNS)


def fill(group: Group, number: int = TURNS) -> None:
    assert [group.enter() for _ in range(number)] == [True] * number


def sicken(group: Group) -> None:
    fill(group, 1)
    group.leave(failed=True)


def until_waits(group: Group, number: int = 1) -> None:
    waiters = group._freed._waiters  # type: ignore[attr-defined]  # threading does not say who waits for a condition
    until(lambda: len(waiters) == number)


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
        group.leave(failed=False)
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
        group.leave(failed=True)
        assert [each.result(LONG) for each in waiting] == [False] * 3


@pytest.mark.usefixtures("patient")
def test_nobody_who_waited_tries_what_has_just_failed(group: Group) -> None:
    """They would wait as long again."""
    fill(group)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(group.enter)
        until_waits(group)
        with group._freed:  # all have ended before the one who waits can look
            for _ in range(TURNS):
                group.leave(failed=True)
        assert waiting.result(LONG) is False


def test_one_success_opens_it_again(group: Group) -> None:
    sicken(group)
    fill(group, 1)
    group.leave(failed=False)
    fill(group)


def test_a_failure_is_forgotten_after_a_while(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    sicken(group)
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + SICK)
    fill(group)


@pytest.mark.covers("S69")
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
