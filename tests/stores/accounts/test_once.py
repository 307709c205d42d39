"""What is spent once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import models
from accounts.ground.dialects import dialect
from accounts.stores.base import Store
from accounts.stores.orm import orm_store
from tests.stores.contention import ROUNDS, race

END = datetime(2030, 1, 1, 0, 1, 30, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize("name", ["totp:1:58000000", "totp:1:58000000 ", "\n", "é" * 3000])
def test_the_first_one_spends_it_and_no_other(store: Store, name: str) -> None:
    assert store.once.spend(name, END)
    assert not store.once.spend(name, END)
    assert not store.once.spend(name, END + INSTANT)
    assert store.once.spend(f"{name}.", END)


def test_for_what_spent_it_it_is_spent_still_and_for_nothing_else(store: Store) -> None:
    assert store.once.spend("a", END, "0.x")
    assert store.once.spend("a", END, "0.x")
    assert not store.once.spend("a", END, "0.y")
    assert not store.once.spend("a", END)
    assert store.once.spend("b", END)
    assert not store.once.spend("b", END, "0.x")
    assert not store.once.spend("b", END)


def test_of_what_asks_at_once_one_has_spent_it_and_has_it_however_often_it_asks(shared: Store) -> None:
    for number in range(ROUNDS):
        told = race(lambda i, name=f"step {number}": (i % 3, shared.once.spend(name, END, f"0.{i % 3}")))  # type: ignore[misc]  # a default
        [winner] = {who for who, won in told if won}
        assert all(won for who, won in told if who == winner)


def test_of_many_at_once_one_spends_it(shared: Store) -> None:
    for number in range(ROUNDS):
        assert sum(race(lambda _, name=f"totp:{number}": shared.once.spend(name, END))) == 1  # type: ignore[misc]


def test_it_is_one_statement_and_names_are_told_by_their_letters(db: None) -> None:
    """Around which is a savepoint, where the database cannot do nothing about a row that is there."""
    store = orm_store()
    for name, expected in (("a", True), ("a", False), ("A", True), ("a ", True)):
        with CaptureQueriesContext(connection) as captured:
            assert store.once.spend(name, END) is expected
        written = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        assert len(written) == 1
        assert len(captured) == 1 or not dialect().do_nothing
    assert models.Once.objects.count() == 3
