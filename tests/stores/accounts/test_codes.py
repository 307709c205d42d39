"""Codes that are mailed: few attempts, counted before they are judged, and one winner."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.ground.dialects import can_return
from accounts.stores.base import Store
from accounts.stores.base.codes import MOST_ATTEMPTS, Attempt, Code
from accounts.stores.orm import orm_store
from tests.stores.contention import ROUNDS, THREADS, race

NOW = datetime(2030, 1, 1, tzinfo=UTC)
END = NOW + timedelta(minutes=10)
HOLDER, ANOTHER = "a" * 64, "b" * 64
CODE = Code(digest="c" * 64, bound="d" * 64, expires=END)
RIGHT, WRONG, OVER = Attempt(outcome="right", bound=CODE.bound), Attempt(outcome="wrong"), Attempt(outcome="over")


def test_the_right_one_spends_it(store: Store) -> None:
    store.codes.put(HOLDER, CODE)
    assert store.codes.attempt(HOLDER, "0", NOW) == WRONG
    assert store.codes.attempt(ANOTHER, CODE.digest, NOW) == OVER
    assert store.codes.attempt(HOLDER, CODE.digest, NOW) == RIGHT
    assert store.codes.attempt(HOLDER, CODE.digest, NOW) == OVER
    assert store.codes.attempt(HOLDER, "0", NOW) == OVER


@pytest.mark.parametrize("wrong", [MOST_ATTEMPTS - 1, MOST_ATTEMPTS])
def test_so_many_are_judged_and_no_more(store: Store, wrong: int) -> None:
    store.codes.put(HOLDER, CODE)
    assert [store.codes.attempt(HOLDER, "0", NOW) for _ in range(wrong)] == [WRONG] * wrong
    assert store.codes.attempt(HOLDER, CODE.digest, NOW) == (RIGHT if wrong < MOST_ATTEMPTS else OVER)


def test_it_ends_at_its_instant(store: Store) -> None:
    store.codes.put(HOLDER, CODE)
    assert store.codes.attempt(HOLDER, CODE.digest, END) == OVER
    store.codes.put(HOLDER, CODE)
    assert store.codes.attempt(HOLDER, CODE.digest, END - timedelta(microseconds=1)) == RIGHT


@pytest.mark.parametrize("before", ["fresh", "used up", "spent"])
def test_the_next_one_takes_its_place(store: Store, before: str) -> None:
    store.codes.put(HOLDER, CODE)
    tried = {"fresh": (), "used up": ("0",) * MOST_ATTEMPTS, "spent": (CODE.digest,)}[before]
    for digest in tried:
        store.codes.attempt(HOLDER, digest, NOW)
    store.codes.put(HOLDER, replace(CODE, digest="e", bound="f"))
    assert store.codes.attempt(HOLDER, CODE.digest, NOW) == WRONG
    assert store.codes.attempt(HOLDER, "e", NOW) == Attempt(outcome="right", bound="f")


def test_of_many_at_once_no_more_are_judged(shared: Store) -> None:
    for _ in range(ROUNDS):
        shared.codes.put(HOLDER, CODE)
        told = Counter(race(lambda _: shared.codes.attempt(HOLDER, "0", NOW)))
        assert told == {WRONG: MOST_ATTEMPTS, OVER: THREADS - MOST_ATTEMPTS}


def test_of_many_right_ones_at_once_one_wins(shared: Store) -> None:
    for _ in range(ROUNDS):
        shared.codes.put(HOLDER, CODE)
        told = Counter(race(lambda _: shared.codes.attempt(HOLDER, CODE.digest, NOW)))
        assert told == {RIGHT: 1, OVER: THREADS - 1}


def test_however_guesses_and_the_right_ones_meet_so_many_are_judged_and_one_wins_at_most(shared: Store) -> None:
    for _ in range(ROUNDS):
        shared.codes.put(HOLDER, CODE)
        told = Counter(race(lambda i: shared.codes.attempt(HOLDER, CODE.digest if i % 2 else "0", NOW)))
        assert told[RIGHT] <= 1
        assert told[RIGHT] + told[WRONG] <= MOST_ATTEMPTS
        assert told[RIGHT] == 1 or told[WRONG] == MOST_ATTEMPTS


def test_an_attempt_is_one_statement_whatever_is_told(db: None) -> None:
    """And where UPDATE does not answer, one more unless it is over."""
    store, asked = orm_store(), []
    with CaptureQueriesContext(connection) as captured:
        store.codes.put(HOLDER, CODE)
    assert len(captured) == 1
    for digest in ("0", CODE.digest, CODE.digest):
        with CaptureQueriesContext(connection) as captured:
            store.codes.attempt(HOLDER, digest, NOW)
        asked.append(len(captured))
    assert asked == ([1, 1, 1] if can_return() else [2, 2, 1])


def test_a_database_whose_update_does_not_answer_is_asked_once_more(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
    store = orm_store()
    store.codes.put(HOLDER, CODE)
    assert [store.codes.attempt(HOLDER, each, NOW) for each in ("0", CODE.digest, CODE.digest)] == [WRONG, RIGHT, OVER]
