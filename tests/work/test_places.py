"""Where walks are, and who may say so: what many processes do at once to one row."""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts import walks
from accounts.ground.sweep import WIDEST, Ended, Sweep
from accounts.models import Walk
from accounts.walks import Place, finish, move, places, under_way
from tests.stores.samples import NOW
from tokens.work.turns import take_turns

NAMES = ("a walk", "another")
AT_ONCE, NEVER = timedelta(), timedelta(days=365)
THREADS = 8


def going(name: str = NAMES[0]) -> Place:
    return under_way(NAMES, NEVER)[name]


@pytest.mark.django_db
def test_a_walk_goes_on_where_it_was() -> None:
    assert places(NAMES) == {name: Place(name=name) for name in NAMES}
    assert move(places(NAMES)["another"], "m")
    assert places(NAMES) == {"a walk": Place(name="a walk"), "another": Place(name="another", at="m")}
    assert move(places(NAMES)["another"], "t")
    assert (going("another").at, going().at) == ("t", "")


@pytest.mark.django_db
def test_who_was_overtaken_says_nothing() -> None:
    slow = fast = going()
    assert move(fast, "m")
    assert [move(slow, "c"), finish(slow)] == [False, False]
    assert going().at == "m"


@pytest.mark.django_db
def test_a_walk_that_came_to_the_end_rests_until_its_pause_is_over() -> None:
    assert finish(going())
    assert [set(under_way(NAMES, NEVER)), set(under_way(NAMES, AT_ONCE))] == [{"another"}, set(NAMES)]
    assert set(under_way(NAMES, NEVER)) == set(NAMES), "it is under way again"
    assert going() == Place(name="a walk", number=1)


@pytest.mark.django_db
def test_a_walk_at_rest_is_nowhere() -> None:
    stale = going()
    assert finish(stale)
    assert [move(stale, "m"), finish(stale)] == [False, False]


@pytest.mark.django_db
def test_who_began_a_walk_says_nothing_of_the_next_one() -> None:
    stale = going()
    assert finish(stale)
    under_way(NAMES, AT_ONCE)
    assert [move(stale, "m"), finish(stale)] == [False, False]
    assert going() == Place(name="a walk", number=1)


@pytest.mark.django_db
def test_the_lag_is_since_when_the_last_whole_walk_was_under_way() -> None:
    assert walks.lag(NAMES) == dict.fromkeys(NAMES, math.inf)
    place = going()
    assert walks.lag(NAMES) == dict.fromkeys(NAMES, math.inf)
    Walk.objects.filter(pk="a walk").update(begun=F("begun") - timedelta(seconds=600))
    assert finish(place)
    for _ in range(2):
        assert 600 <= walks.lag(NAMES)["a walk"] < 660
        under_way(NAMES, AT_ONCE)  # what it will find is not known yet


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("say", [lambda place: move(place, "m"), finish], ids=["move", "finish"])
def test_of_all_who_began_at_a_place_one_says_how_far_they_came(say: Callable[[Place], bool]) -> None:
    place = going()

    def one() -> bool:
        try:
            return say(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        said = [threads.submit(one) for _ in range(THREADS)]
        assert sorted(each.result() for each in said) == [False] * (THREADS - 1) + [True]


@pytest.mark.django_db
def test_to_ask_whether_a_walk_is_due_is_a_few_statements_however_many_there_are() -> None:
    under_way(NAMES, NEVER)
    with CaptureQueriesContext(connection) as captured:
        under_way([*NAMES, "a third"], NEVER)
    assert len([query for query in captured if "accounts_walk" in query["sql"]]) == 3


def test_each_batch_begins_at_the_last_end_of_the_one_before_it() -> None:
    ends = [NOW + timedelta(seconds=second) for second in range(5)]
    begun = list[object]()

    def delete(limit: int, since: object) -> Ended:
        begun.append(since)
        batch, ends[:limit] = ends[:limit], []
        return Ended(deleted=len(batch), last=batch[-1] if batch else None)

    sweep = Sweep(delete)
    assert [sweep.step(2) for _ in range(3)] == [True, True, False]
    assert begun == [None, NOW + timedelta(seconds=1), NOW + timedelta(seconds=3)]
    assert (sweep.deleted, sweep.after) == (5, NOW + timedelta(seconds=4))


def test_where_many_rows_have_one_end_the_batches_grow_and_then_are_small_again() -> None:
    limits = list[int]()
    ends = [NOW] * 100 + [NOW + timedelta(seconds=second) for second in range(1, 60)]

    def delete(limit: int, since: object) -> Ended:
        limits.append(limit)
        batch, ends[:limit] = ends[:limit], []
        return Ended(deleted=len(batch), last=batch[-1] if batch else None)

    sweep = Sweep(delete)
    while sweep.step(2):
        pass
    assert limits[:9] == [2, 2, 4, 8, 16, 2 * WIDEST, 2 * WIDEST, 2 * WIDEST, 2]
    assert sweep.deleted == 159


def test_the_kinds_take_turns_so_that_a_backlog_holds_up_none() -> None:
    steps, order = {"child": 3, "parent": 1}, list[str]()

    def step(kind: str) -> Callable[[], bool]:
        def does() -> bool:
            order.append(kind)
            steps[kind] -= 1
            return steps[kind] > 0

        return does

    take_turns({kind: step(kind) for kind in steps}, 3600, lambda: True)
    assert order == ["child", "parent", "child", "child"]


def test_no_step_is_done_that_may_not_be() -> None:
    def step() -> bool:
        raise AssertionError("it may not")

    take_turns({"child": step}, 0, lambda: True)
    take_turns({"child": step}, 3600, lambda: False)
