"""Failures that are counted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management.color import no_style
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import Throttle
from accounts.sessions import expiry
from accounts.stores.base import Store
from accounts.stores.base.throttles import Throttles
from accounts.stores.orm import orm_store
from accounts.throttles import Counter, Limit, Refusal, digest, rising, spend
from tests.stores.contention import race

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LONG = timedelta(days=1)
THREE = Limit(failures=3, kept=LONG)
ROWS = 300_000

Pass = Callable[[timedelta], None]


@pytest.fixture
def store(store: Store) -> Throttles:
    return store.throttles


def counter(limit: Limit, key: str = "one", account: str = "") -> Counter:
    return Counter(key=digest(key), limit=limit, account=account and digest(account))


def spent(store: Throttles, times: int, limit: Limit, key: str = "one", account: str = "") -> list[bool]:
    """Which of so many were let through."""
    return [store.spend(counter(limit, key, account)) is None for _ in range(times)]


def near(wait: timedelta | None, expected: timedelta) -> bool:
    """Whether it is the wait that was expected, of which some has passed by now. SQLite's clock counts milliseconds."""
    return wait is not None and expected - HOUR / 2 < wait < expected + SECOND


def test_so_many_are_let_through_and_no_more(store: Throttles) -> None:
    assert spent(store, 5, THREE) == [True] * 3 + [False] * 2
    assert spent(store, 1, THREE, "another") == [True]


def test_who_is_refused_is_told_how_long_it_lasts_and_nothing_is_counted(store: Throttles, pass_time: Pass) -> None:
    spent(store, 3, THREE)
    assert near(store.spend(counter(THREE)), LONG)
    pass_time(LONG - HOUR)
    assert near(store.spend(counter(THREE)), HOUR)
    pass_time(HOUR)
    assert spent(store, 4, THREE) == [True] * 3 + [False]


def test_what_is_kept_is_kept_since_the_last_one(store: Throttles, pass_time: Pass) -> None:
    spent(store, 2, THREE)
    pass_time(LONG - HOUR)
    assert spent(store, 1, THREE) == [True]
    pass_time(LONG - HOUR)
    assert spent(store, 1, THREE) == [False]


def test_a_window_begins_with_the_first_one(store: Throttles, pass_time: Pass) -> None:
    limit = Limit(failures=3, kept=LONG, window=True)
    spent(store, 2, limit)
    pass_time(LONG - HOUR)
    assert spent(store, 2, limit) == [True, False]
    assert near(store.spend(counter(limit)), HOUR)
    pass_time(HOUR)
    assert spent(store, 4, limit) == [True] * 3 + [False]


def test_waits_grow_with_the_failures(store: Throttles, pass_time: Pass) -> None:
    limit = Limit(failures=6, kept=LONG, waits=rising(2, HOUR, 4 * HOUR))
    assert spent(store, 3, limit) == [True, True, False]
    for wait in (HOUR, 2 * HOUR, 4 * HOUR, 4 * HOUR):
        assert near(store.spend(counter(limit)), wait)
        pass_time(wait)
        assert spent(store, 2, limit) == [True, False]
    assert near(store.spend(counter(limit)), LONG), "all are used up"


def test_what_is_given_back_was_not_counted(store: Throttles, pass_time: Pass) -> None:
    limit = Limit(failures=3, kept=LONG, waits=rising(2, HOUR, HOUR))
    for _ in range(5):
        assert spent(store, 1, limit) == [True]
        store.give_back(counter(THREE))
    assert spent(store, 3, limit) == [True, True, False]
    store.give_back(counter(THREE))
    assert spent(store, 2, limit) == [True, False], "nor is the wait that it began"
    store.give_back(counter(THREE, "nothing was counted for it"))


def test_nothing_is_given_back_below_none(store: Throttles) -> None:
    spent(store, 1, THREE)
    for _ in range(3):
        store.give_back(counter(THREE))
    assert spent(store, 4, THREE) == [True] * 3 + [False]


def test_an_account_is_forgotten_with_all_its_counters_and_no_other(store: Throttles) -> None:
    for key, account in (("one", "alice"), ("another", "alice"), ("bob's", "bob"), ("nobody's", "")):
        spent(store, 3, THREE, key, account)
    store.forget(digest("alice"))
    assert spent(store, 4, THREE, "one", "alice") == [True] * 3 + [False]
    assert spent(store, 4, THREE, "another", "alice") == [True] * 3 + [False]
    assert spent(store, 1, THREE, "bob's", "bob") == spent(store, 1, THREE, "nobody's") == [False]


def test_of_several_all_are_counted_or_none(store: Throttles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.throttles.throttles", lambda: store)
    counters = [counter(THREE, "first"), counter(THREE, "second"), counter(Limit(failures=1, kept=LONG), "last")]
    assert spend(counters) is None
    refused = spend(counters)
    assert isinstance(refused, Refusal)
    assert refused.counter is counters[2]
    assert spent(store, 3, THREE, "first") == spent(store, 3, THREE, "second") == [True, True, False]


@pytest.mark.covers("S58 nodes")
@pytest.mark.parametrize("account", ["", "alice"])
@pytest.mark.parametrize("used", [0, 1])
def test_of_many_at_once_so_many_are_let_through(shared: Store, used: int, account: str) -> None:
    """Of a counter that is there and of one that is not yet."""
    store = shared.throttles
    limit = Limit(failures=4, kept=LONG)
    spent(store, used, limit, account=account)
    told = race(lambda _: store.spend(counter(limit, account=account)))
    assert told.count(None) == limit.failures - used


def test_who_forgets_an_account_at_the_same_time_as_others_is_not_in_their_way(shared: Store) -> None:
    store = shared.throttles
    for key in ("one", "two", "three"):
        spent(store, 1, THREE, key, "alice")
    race(lambda _: store.forget(digest("alice")))
    assert spent(store, 4, THREE, "one", "alice") == [True] * 3 + [False]


@pytest.mark.parametrize("given_back", [False, True])
def test_who_began_before_another_that_came_first_has_nothing_to_wait_for(db: None, given_back: bool) -> None:
    """Two statements at once may be done in another order than they began."""
    store, once = orm_store().throttles, counter(THREE)
    assert store.spend(once) is None
    # In this order: MariaDB's second assignment sees the first.
    Throttle.objects.update(again=F("spent_at") + MINUTE, spent_at=F("spent_at") + MINUTE)
    if given_back:
        store.give_back(once)
    assert store.spend(once) is None


@pytest.mark.parametrize("account", ["", "alice"])
@pytest.mark.parametrize("limit", [THREE, Limit(failures=3, kept=LONG, waits=((3, MINUTE),))])
def test_who_comes_by_a_clock_that_is_behind_has_nothing_to_wait_for(
    store: Throttles, pass_time: Pass, limit: Limit, account: str
) -> None:
    """Where the clock is the node's and no wait is due, the next one may come before the last."""
    assert spent(store, 1, limit, account=account) == [True]
    pass_time(-SECOND)
    assert spent(store, 1, limit, account=account) == [True]


def test_a_counter_is_one_statement_whatever_is_decided(db: None) -> None:
    store = orm_store().throttles
    calls: list[Callable[[], object]] = [
        *[lambda: store.spend(counter(THREE, account="alice"))] * 5,
        lambda: store.give_back(counter(THREE)),
        lambda: store.forget(digest("alice")),
    ]
    counted = []
    for call in calls:
        with CaptureQueriesContext(connection) as captured:
            call()
        counted.append(len(captured))
    assert counted == [1 if connection.features.can_return_columns_from_insert else 2] * 5 + [1, 1]


def test_a_database_whose_insert_does_not_answer_is_asked_once_more(
    store: Throttles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
    assert spent(store, 4, THREE) == [True] * 3 + [False]
    assert near(store.spend(counter(THREE)), LONG)


def test_support_looks_at_counters_and_counts_nothing(store: Throttles, pass_time: Pass) -> None:
    limit = Limit(failures=3, kept=LONG, waits=((2, MINUTE),))
    asked = [counter(limit, key, "alice") for key in ("one", "two", "none", "over")]
    spent(store, 1, limit, "over", "alice")
    pass_time(LONG)
    assert spent(store, 2, limit, "one", "alice") == [True, True]
    assert spent(store, 1, limit, "two", "alice") == [True]
    for _ in range(2):
        one, two = (store.look(asked).get(each.key) for each in asked[:2])
        assert one is not None
        assert two is not None
        assert (one.failures, two.failures, two.wait) == (2, 1, timedelta())
        assert near(one.wait, MINUTE)
        assert set(store.look(asked)) == {each.key for each in asked[:2]}
    pass_time(MINUTE)
    assert spent(store, 1, limit, "one", "alice") == [True]
    assert near(store.look(asked)[asked[0].key].wait, LONG)
    store.give_back(asked[1])
    store.forget(digest("alice"))
    assert store.look(asked).keys() <= {asked[0].key}
    assert store.look([]) == {}


@pytest.mark.usefixtures("committed")
def test_nothing_makes_room_for_others() -> None:
    """Three hundred thousand live counters, and a locked one stays locked."""
    store = orm_store().throttles
    spent(store, 3, THREE, account="alice")
    with _filled():
        assert Throttle.objects.count() == ROWS + 1
        expiry.delete_expired(1000)
        assert near(store.spend(counter(THREE)), LONG)
        assert Throttle.objects.count() == ROWS + 1


def test_what_is_over_is_swept_in_batches(db: None, pass_time: Pass) -> None:
    store = orm_store().throttles
    for number in range(5):
        spent(store, 1, THREE, str(number))
    pass_time(LONG + HOUR)
    spent(store, 1, THREE, "alive")
    delete = expiry.sweeps()["throttle"]
    assert [delete(2, None).deleted for _ in range(4)] == [2, 2, 1, 0]
    assert Throttle.objects.count() == 1


@pytest.mark.parametrize("parts", [("a", "bc"), ("ab", "c"), ("abc",), ("abc", ""), ("1:a", "bc"), ("\ud800", "")])
def test_texts_in_one_order_have_one_key(parts: tuple[str, ...]) -> None:
    others = {digest(*other) for other in (("a", "b", "c"), ("", "abc"), ("c", "ab"))}
    assert digest(*parts) == digest(*parts) not in others
    assert len(digest(*parts)) == 64


@contextmanager
def _filled() -> Iterator[None]:
    """Rows of one digit each are joined: it is all that every database can do quickly. No statement takes long, on a
    busy machine either, and none of it is in a transaction: MariaDB takes seconds to roll so much back, longer than a
    connection waits for an answer, and holds the rows meanwhile. It takes as long to delete so many, so they are
    truncated, which Django asks of MariaDB only where it is told to begin the sequences anew."""
    digits = " UNION ALL ".join(f"SELECT {digit} AS n" for digit in range(10))
    tables = ", ".join(f"({digits}) AS t{place}" for place in range(4))
    number = " + ".join(f"t{place}.n * {10**place}" for place in range(4))
    [(again, expires)] = Throttle.objects.values_list("again", "expires")
    instants = [connection.ops.adapt_datetimefield_value(value) for value in (again, again, expires)]
    quoted = connection.ops.quote_name("key")
    with connection.cursor() as cursor:
        for part in range(ROWS // 10**4):
            cursor.execute(
                f"INSERT INTO accounts_throttle ({quoted}, account, failures, spender, spent_at, again, expires)"  # noqa: S608
                f" SELECT {number} + {part * 10**4}, '', 1, 0, %s, %s, %s FROM {tables}",
                instants,
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in connection.ops.sql_flush(no_style(), [Throttle._meta.db_table], reset_sequences=True):
                cursor.execute(statement)
