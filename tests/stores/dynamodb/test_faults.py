"""Every call of every verb with everything that can go wrong between us and the service, once and for good."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from accounts.ground.dynamodb import deadline
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.unavailable import Unavailable
from tests.stores.dynamodb.clock import Clock, clock
from tests.stores.dynamodb.faults import FAULTS, Fault, Wire, wired_state
from tests.stores.dynamodb.scenarios import SCENARIOS, Prepared
from tests.support.dynamodb import own_tables
from tokens.conf import conf
from tokens.stores.base import Store
from tokens.stores.dynamodb.store import store_of

__all__ = ["clock", "own_tables"]


@dataclass(frozen=True, slots=True)
class Trial:
    store: Store
    wire: Wire
    clock: Clock


@pytest.fixture
def trial(db: None, own_tables: DynamoDB, clock: Clock) -> Iterator[Trial]:
    with wired_state(own_tables, conf().region, clock) as (state, wire):
        yield Trial(store_of(state), wire, clock)


def calls_of(trial: Trial, prepare: Prepared) -> list[str]:
    """The operations of the verb, where nothing goes wrong."""
    scenario = prepare(trial.store)
    trial.wire.clear()
    assert scenario.call(trial.store)
    asked = list(trial.wire.asked)
    assert scenario.holds(trial.store)
    assert not scenario.once or not scenario.call(trial.store)
    return asked


@pytest.mark.parametrize("prepare", SCENARIOS.values(), ids=SCENARIOS)
def test_what_passes_is_not_noticed(trial: Trial, prepare: Prepared) -> None:
    wrong = []
    for number, name in enumerate(calls_of(trial, prepare)):
        for title, fault in FAULTS.items():
            if fault.passes and fault.fits(name) and (found := _of_what_passes(trial, prepare, number, fault)):
                wrong.append((number, name, title, found))
    assert wrong == []


def _of_what_passes(trial: Trial, prepare: Prepared, number: int, fault: Fault) -> str:
    """What is wrong."""
    scenario = prepare(trial.store)
    trial.wire.once(number, fault)
    with deadline.of_a_request():
        answered = scenario.call(trial.store)
    trial.wire.clear()
    if not answered:
        return "it was told a wrong answer"
    if scenario.once and scenario.call(trial.store):
        return "it was won twice"
    return "" if scenario.holds(trial.store) else "what was acknowledged is not there"


@pytest.mark.parametrize("prepare", SCENARIOS.values(), ids=SCENARIOS)
def test_what_stays_is_unavailable_in_time_and_costs_nothing(trial: Trial, prepare: Prepared) -> None:
    wrong = []
    for number, name in enumerate(calls_of(trial, prepare)):
        for title, fault in FAULTS.items():
            if fault.fits(name) and (found := _of_what_stays(trial, prepare, number, fault)):
                wrong.append((number, name, title, found))
    assert wrong == []


def _of_what_stays(trial: Trial, prepare: Prepared, number: int, fault: Fault) -> str:
    """What is wrong."""
    scenario = prepare(trial.store)
    trial.wire.on(number, fault)
    began, answered = trial.clock.now, None
    with deadline.of_a_request():
        try:
            answered = scenario.call(trial.store)
        except Unavailable:
            trial.wire.clear()
    trial.wire.clear()
    if trial.clock.now - began > deadline.SECONDS:
        return "it took longer than a request may"
    if answered is False:
        return "it was told a wrong answer"
    # A batch of which one item is done at a time is done in the end.
    again = scenario.call(trial.store)
    if answered and again and scenario.once:
        return "it was won twice"
    may_be_lost = scenario.once and (answered or fault.may_be_done)
    if not again and not may_be_lost:
        return "it cannot be done any more"
    return "" if scenario.holds(trial.store) or not again else "what was acknowledged is not there"


@pytest.mark.parametrize("title", [title for title, fault in FAULTS.items() if not fault.passes])
def test_what_is_wrong_here_is_told_at_once_in_one_line(
    trial: Trial, title: str, caplog: pytest.LogCaptureFixture
) -> None:
    scenario = SCENARIOS["codes.consume"](trial.store)
    trial.wire.on(0, FAULTS[title])
    began = trial.clock.now
    with pytest.raises(Unavailable), deadline.of_a_request():
        scenario.call(trial.store)
    assert (len(trial.wire.asked), trial.clock.now) == (1, began)
    assert [record.levelname for record in caplog.records if record.name.startswith("accounts.ground.dynamodb")] == [
        "ERROR"
    ]
