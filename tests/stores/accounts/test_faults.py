"""The store on DynamoDB with everything that can go wrong on the way: the right answer, or Unavailable, and never a
second winner."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from accounts.ground.dynamodb import deadline
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.unavailable import Unavailable
from accounts.stores.base import Store
from accounts.stores.base.throttles import Counter, Limit
from accounts.stores.dynamodb.store import REGION, store_of
from accounts.throttles import digest
from tests.stores.accounts.test_codes import CODE, HOLDER, RIGHT, WRONG
from tests.stores.accounts.test_codes import NOW as CODES_NOW
from tests.stores.accounts.test_once import END
from tests.stores.accounts.test_unfinished import ALICE, BROWSER, NOW, PASSWORD, sign_in
from tests.stores.dynamodb.clock import Clock, clock
from tests.stores.dynamodb.faults import FAULTS, Fault, Wire, wired_state

__all__ = ["clock"]

ONE = Limit(failures=1, kept=timedelta(days=1))
TWO = Limit(failures=2, kept=timedelta(days=1), waits=((2, timedelta(minutes=1)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`call`: whether it answers as it has to. `again`: what a second call answers, and so does one after an answer
    that was lost. `holds`: whether that is so which the verb was to bring about."""

    call: Callable[[], bool]
    again: bool = True
    holds: Callable[[], bool] = lambda: True


def _once(store: Store) -> Scenario:
    name = digest(str(next(NUMBERS)))
    return Scenario(call=lambda: store.once.spend(name, END), again=False)


def _once_by(store: Store) -> Scenario:
    name = digest(str(next(NUMBERS)))
    return Scenario(
        call=lambda: store.once.spend(name, END, "0.x"), holds=lambda: not store.once.spend(name, END, "0.y")
    )


def _right(store: Store) -> Scenario:
    store.codes.put(HOLDER, CODE)
    return Scenario(call=lambda: store.codes.attempt(HOLDER, CODE.digest, CODES_NOW) == RIGHT)


def _spent(store: Store) -> Scenario:
    store.codes.put(HOLDER, CODE)
    return Scenario(call=lambda: store.codes.spend(HOLDER, CODE.digest, CODES_NOW), again=False)


def _wrong(store: Store) -> Scenario:
    """Counted once, or else the right one could not be tried after four."""
    store.codes.put(HOLDER, CODE)
    for _ in range(2):
        store.codes.attempt(HOLDER, "0", CODES_NOW)
    return Scenario(call=lambda: store.codes.attempt(HOLDER, "0", CODES_NOW) == WRONG)


def _finish(store: Store) -> Scenario:
    store.unfinished.add(begun := sign_in())
    return Scenario(call=lambda: store.unfinished.finish(begun.key, BROWSER, NOW), again=False)


def _prove(store: Store) -> Scenario:
    store.unfinished.add(begun := sign_in())
    proven = replace(begun, subject=ALICE, epoch=3, proofs=frozenset({PASSWORD}))
    return Scenario(
        call=lambda: store.unfinished.prove(begun.key, BROWSER, PASSWORD, ALICE, 3, NOW),
        holds=lambda: store.unfinished.get(begun.key, BROWSER, NOW) == proven,
    )


def _last_one(store: Store) -> Scenario:
    """Of a counter that is full with it."""
    counter = Counter(key=digest(str(next(NUMBERS))), limit=ONE)
    return Scenario(call=lambda: store.throttles.spend(counter) is None, again=False)


def _one_more(store: Store) -> Scenario:
    counter = Counter(key=digest(str(next(NUMBERS))), limit=TWO, account=digest("alice"))
    store.throttles.spend(counter)
    return Scenario(call=lambda: store.throttles.spend(counter) is None, again=False)


def _given_back(store: Store) -> Scenario:
    counter = Counter(key=digest(str(next(NUMBERS))), limit=TWO, account=digest("alice"))
    for _ in range(2):
        store.throttles.spend(counter)

    def call() -> bool:
        store.throttles.give_back(counter)
        return True

    return Scenario(call=call)


def _forgotten(store: Store) -> Scenario:
    account = digest(str(next(NUMBERS)))
    counters = [Counter(key=digest(account, each), limit=ONE, account=account) for each in ("one", "two")]
    for counter in counters:
        store.throttles.spend(counter)

    def call() -> bool:
        store.throttles.forget(account)
        return True

    return Scenario(call=call, holds=lambda: store.throttles.look(counters) == {})


NUMBERS = iter(range(10**6))
SCENARIOS: Mapping[str, Callable[[Store], Scenario]] = {
    "once.spend": _once,
    "once.spend, by a sign-in": _once_by,
    "codes.attempt, right": _right,
    "codes.attempt, wrong": _wrong,
    "codes.spend": _spent,
    "unfinished.finish": _finish,
    "unfinished.prove": _prove,
    "throttles.spend, the last one": _last_one,
    "throttles.spend, one more": _one_more,
    "throttles.give_back": _given_back,
    "throttles.forget": _forgotten,
}


@dataclass(frozen=True, slots=True)
class Trial:
    store: Store
    wire: Wire
    clock: Clock


@pytest.fixture
def trial(db: None, own_tables: DynamoDB, clock: Clock) -> Iterator[Trial]:
    with wired_state(own_tables, REGION, clock) as (state, wire):
        yield Trial(store_of(state), wire, clock)


def _faults(trial: Trial, prepare: Callable[[Store], Scenario]) -> list[tuple[int, str, Fault]]:
    """Each fault that each call of the verb can have."""
    scenario = prepare(trial.store)
    trial.wire.clear()
    assert scenario.call()
    asked = list(trial.wire.asked)
    assert scenario.holds()
    assert scenario.call() is scenario.again
    return [
        (number, title, fault)
        for number, name in enumerate(asked)
        for title, fault in FAULTS.items()
        if fault.fits(name)
    ]


@pytest.mark.parametrize("prepare", SCENARIOS.values(), ids=SCENARIOS)
def test_what_passes_is_not_noticed(trial: Trial, prepare: Callable[[Store], Scenario]) -> None:
    wrong = []
    for number, title, fault in _faults(trial, prepare):
        if not fault.passes:
            continue
        scenario = prepare(trial.store)
        trial.wire.once(number, fault)
        with deadline.of_a_request():
            told = scenario.call()
        trial.wire.clear()
        if not told or scenario.call() is not scenario.again or not scenario.holds():
            wrong.append((number, title))
    assert wrong == []


@pytest.mark.parametrize("prepare", SCENARIOS.values(), ids=SCENARIOS)
def test_what_stays_is_unavailable_in_time_and_nobody_wins_twice(
    trial: Trial, prepare: Callable[[Store], Scenario]
) -> None:
    wrong = []
    for number, title, fault in _faults(trial, prepare):
        scenario = prepare(trial.store)
        trial.wire.on(number, fault)
        began = trial.clock.now
        with pytest.raises(Unavailable), deadline.of_a_request():
            scenario.call()
        trial.wire.clear()
        in_time = trial.clock.now - began <= deadline.SECONDS
        # Once more: what was done, though nobody knows, may be lost, and is never had twice.
        told = scenario.call()
        if not in_time or not (told or fault.may_be_done or number > 0) or (told and not scenario.holds()):
            wrong.append((number, title))
        if told and scenario.call() is not scenario.again:
            wrong.append((number, title))
    assert wrong == []
