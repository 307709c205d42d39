"""The clock of the database, as this process reckons it."""

import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from accounts.ground import clock

TOLD = 1_800_000_000.0


pytestmark = pytest.mark.usefixtures("reckoned")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """This machine's two clocks, which a test sets."""
    set_to = SimpleNamespace(monotonic=50.0, time=TOLD)
    moving = SimpleNamespace(monotonic=lambda: set_to.monotonic, time=lambda: set_to.time)
    monkeypatch.setattr(clock, "time", moving)
    return set_to


def test_without_a_word_it_is_this_machines() -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.ahead() == 0


@pytest.mark.parametrize("off", [-25.0, -10.0, 0.0, 10.0, 25.0, 3600.0])
def test_it_is_the_databases_whatever_this_machine_takes_the_time_for(machine: SimpleNamespace, off: float) -> None:
    machine.time = TOLD + off
    clock.tell(TOLD, 50.0, 50.0)
    assert clock.now().timestamp() == TOLD
    assert clock.ahead() == pytest.approx(off)
    machine.monotonic, machine.time = 60.0, 0.0  # somebody set this machine's back
    assert clock.now().timestamp() == TOLD + 10


def test_a_slow_answer_moves_nothing_that_may_well_be_right(machine: SimpleNamespace) -> None:
    clock.tell(TOLD, 50.0, 50.0)
    for before, after in ((48.0, 50.0), (50.0, 53.0), (40.0, 60.0)):
        clock.tell(TOLD, before, after)
        assert clock.now().timestamp() == TOLD


@pytest.mark.parametrize(("told", "right"), [(TOLD + 30, TOLD + 29), (TOLD - 30, TOLD - 29)])
def test_a_new_server_with_another_clock_moves_it_no_further_than_is_certain(
    machine: SimpleNamespace, told: float, right: float
) -> None:
    clock.tell(TOLD, 50.0, 50.0)
    clock.tell(told, 49.0, 51.0)
    assert clock.now().timestamp() == right


def test_it_goes_on_by_itself() -> None:
    clock.tell(TOLD, now := time.monotonic(), now)
    assert TOLD <= clock.now().timestamp() <= TOLD + 3600
