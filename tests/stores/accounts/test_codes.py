"""Codes that are mailed: few attempts, counted before they are judged, and one who spends it."""

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
from accounts.stores.orm.statements import codes as statements
from tests.stores.contention import ROUNDS, THREADS, race

NOW = datetime(2030, 1, 1, tzinfo=UTC)
END = NOW + timedelta(minutes=10)
HOLDER, ANOTHER = "a" * 64, "b" * 64
CODE = Code(digest="c" * 64, bound="d" * 64, expires=END)
RIGHT, WRONG, OVER = Attempt(outcome="right", bound=CODE.bound), Attempt(outcome="wrong"), Attempt(outcome="over")


def test_the_right_one_is_good_until_it_is_spent(store: Store) -> None:
    store.codes.put(HOLDER, CODE)
    assert store.codes.attempt(HOLDER, "0", NOW) == WRONG
    assert store.codes.attempt(ANOTHER, CODE.digest, NOW) == OVER
    assert [store.codes.attempt(HOLDER, CODE.digest, NOW) for _ in range(2)] == [RIGHT] * 2
    assert not store.codes.spend(HOLDER, "0", NOW)
    assert not store.codes.spend(ANOTHER, CODE.digest, NOW)
    assert not store.codes.spend(HOLDER, CODE.digest, END)
    assert store.codes.spend(HOLDER, CODE.digest, NOW)
    assert not store.codes.spend(HOLDER, CODE.digest, NOW)
    assert store.codes.attempt(HOLDER, CODE.digest, NOW) == OVER
    assert store.codes.attempt(HOLDER, "0", NOW) == OVER


def test_who_had_the_last_attempt_spends_it(store: Store) -> None:
    store.codes.put(HOLDER, CODE)
    assert [store.codes.attempt(HOLDER, CODE.digest, NOW) for _ in range(MOST_ATTEMPTS)] == [RIGHT] * MOST_ATTEMPTS
    assert store.codes.attempt(HOLDER, CODE.digest, NOW) == OVER
    assert store.codes.spend(HOLDER, CODE.digest, NOW)


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
        store.codes.spend(HOLDER, digest, NOW)
    store.codes.put(HOLDER, replace(CODE, digest="e", bound="f"))
    assert store.codes.attempt(HOLDER, CODE.digest, NOW) == WRONG
    assert not store.codes.spend(HOLDER, CODE.digest, NOW)
    assert store.codes.attempt(HOLDER, "e", NOW) == Attempt(outcome="right", bound="f")


def test_of_many_at_once_no_more_are_judged(shared: Store) -> None:
    for _ in range(ROUNDS):
        shared.codes.put(HOLDER, CODE)
        told = Counter(race(lambda _: shared.codes.attempt(HOLDER, "0", NOW)))
        assert told == {WRONG: MOST_ATTEMPTS, OVER: THREADS - MOST_ATTEMPTS}


def test_of_many_right_ones_at_once_one_spends_it(shared: Store) -> None:
    for _ in range(ROUNDS):
        shared.codes.put(HOLDER, CODE)
        assert sum(race(lambda _: shared.codes.spend(HOLDER, CODE.digest, NOW))) == 1


def test_however_guesses_and_the_right_ones_meet_so_many_are_judged_and_one_spends_it_at_most(shared: Store) -> None:
    def attempt_and_spend(i: int) -> tuple[Attempt, bool]:
        digest = CODE.digest if i % 2 else "0"
        made = shared.codes.attempt(HOLDER, digest, NOW)
        return made, made == RIGHT and shared.codes.spend(HOLDER, digest, NOW)

    for _ in range(ROUNDS):
        shared.codes.put(HOLDER, CODE)
        answers = race(attempt_and_spend)
        told, spent = Counter(made for made, _ in answers), sum(won for _, won in answers)
        assert told[RIGHT] + told[WRONG] <= MOST_ATTEMPTS
        assert spent == (told[RIGHT] > 0)
        assert spent == 1 or told[WRONG] == MOST_ATTEMPTS


def test_an_attempt_is_one_statement_whatever_is_told(db: None) -> None:
    """And where UPDATE does not answer, one more."""
    store, asked = orm_store(), []
    with CaptureQueriesContext(connection) as captured:
        store.codes.put(HOLDER, CODE)
    assert len(captured) == 1
    for digest in ("0", CODE.digest):
        with CaptureQueriesContext(connection) as captured:
            store.codes.attempt(HOLDER, digest, NOW)
        asked.append(len(captured))
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            store.codes.spend(HOLDER, CODE.digest, NOW)
        asked.append(len(captured))
    assert asked == ([1, 1, 1, 1] if can_return() else [2, 2, 1, 1])


def test_a_database_whose_update_does_not_answer_is_asked_once_more(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
    store = orm_store()
    store.codes.put(HOLDER, CODE)
    assert [store.codes.attempt(HOLDER, each, NOW) for each in ("0", CODE.digest)] == [WRONG, RIGHT]
    assert store.codes.spend(HOLDER, CODE.digest, NOW)
    assert store.codes.attempt(HOLDER, CODE.digest, NOW) == OVER


def test_where_another_code_takes_its_place_nothing_is_judged_by_what_was_read(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where UPDATE does not answer."""
    monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
    store, read = orm_store(), statements.held

    def overtaken(holder: str) -> list[tuple[str, str]]:
        held = list(read(holder))
        store.codes.put(holder, replace(CODE, digest="e"))
        return held

    store.codes.put(HOLDER, CODE)
    monkeypatch.setattr(statements, "held", overtaken)
    assert store.codes.attempt(HOLDER, CODE.digest, NOW) == OVER
