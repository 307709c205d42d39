"""Turns where the store is not in the database: programs do without it, and who needs a person's row waits apart."""

from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from psycopg.errors import DeadlockDetected
from psycopg_pool import PoolTimeout

from accounts.ground import turn
from accounts.ground.unavailable import Unavailable
from idp.node import bulkhead
from idp.node.bulkhead import Bulkhead, Turn, turns


@pytest.fixture(autouse=True)
def held_by_nobody() -> Iterator[None]:
    yield
    turn.hold(None)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Bulkhead:
    monkeypatch.setattr(bulkhead, "needs_database", lambda: False)
    monkeypatch.setattr(bulkhead, "PATIENCE", 0.05)
    monkeypatch.setattr(bulkhead, "connection", SimpleNamespace(in_atomic_block=False, close=lambda: None))
    return Bulkhead(lambda request: HttpResponse())


def turn_at(made: Bulkhead, endpoint: str) -> Turn:
    request = RequestFactory().get(f"/{endpoint}")
    request.resolver_match = resolve(f"/{endpoint}")
    assert made.process_view(request) is None
    taken: Turn = request.turn  # type: ignore[attr-defined]  # ours
    return taken


def test_as_many_programs_go_on_as_leave_threads_to_the_others(made: Bulkhead) -> None:
    turn_at(made, "oauth2/token")
    turn_at(made, "oauth2/authorize")
    assert made._elsewhere["oauth2/token"]._places == turns(settings.THREADS)
    assert made._groups["oauth2/authorize"]._places == turns(settings.DATABASE_POOL)


def test_few_wait_for_the_database_and_all_routes_are_open(made: Bulkhead) -> None:
    held = [turn_at(made, "oauth2/token") for _ in range(turns(settings.DATABASE_POOL))]
    with ExitStack() as stack:
        for each in held:
            stack.enter_context(each.at_the_database())
        with pytest.raises(Unavailable), turn_at(made, "oauth2/userinfo").at_the_database():
            pass
        turn_at(made, "oauth2/introspect")
    assert made._database._taken == 0


@pytest.mark.parametrize("error", [OperationalError("gone"), PoolTimeout("couldn't get one")])
def test_a_database_that_fails_is_tried_by_a_few_and_is_an_error_of_ours(made: Bulkhead, error: Exception) -> None:
    with pytest.raises(Unavailable) as raised, turn_at(made, "oauth2/token").at_the_database():
        raise error
    assert made._database._sick()
    assert not raised.value.for_everybody
    with turn_at(made, "oauth2/token").at_the_database():
        pass
    assert not made._database._sick(), "one that succeeds opens it again"


def test_two_that_met_there_say_nothing_of_it(made: Bulkhead) -> None:
    error = OperationalError("the database said so")
    error.__cause__ = DeadlockDetected()
    with pytest.raises(Unavailable), turn_at(made, "oauth2/token").at_the_database():
        raise error
    assert not made._database._sick()


def test_a_fault_of_ours_stays_one(made: Bulkhead) -> None:
    with pytest.raises(ValueError, match="a fault"), turn_at(made, "oauth2/token").at_the_database():
        raise ValueError("a fault")
    assert not made._database._sick()
