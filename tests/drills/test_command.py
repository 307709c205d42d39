"""`python -m tests.drills`: what it prints, and that a violation is not passed over."""

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.sessions import breaker
from tests.drills import __main__ as command
from tests.drills import drill, session_cache, stepped, table
from tests.drills.drill import Drill, Result, Turn
from tests.drills.history import Event, Op, Outcome
from tokens.conf import CLOCK_MARGIN


class Still:
    """A ground where nothing has to settle, and nothing was begun."""

    def settle(self) -> None: ...

    def rest(self) -> None: ...


def broken(turn: Turn) -> None:
    turn.history.add(Event(Op.ASK, "/", "/", 0, 1, Outcome.BROKEN, status=500))
    turn.recovery = 1.5


def failed(turn: Turn) -> None:
    turn.expect(turn.number == 0, "it went wrong")


@pytest.fixture
def drills(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {1: Drill("a fault", "nothing", lambda turn: None), 2: Drill("a fault", "no 5xx", broken)}
    monkeypatch.setattr(command, "on", lambda store: {**made, 3: Drill("a fault", "it goes well", failed)})
    monkeypatch.setattr(command, "ground", lambda folder, store: nullcontext(Still()))


def test_it_prints_a_row_a_drill_and_exits_0_where_all_held(drills: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--only", "1", "--rounds", "2", "--seed", "7"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "seed 7",
        command.HEADER,
        "|---|---|---|---|---|---|",
        "| 1 | a fault | nothing | 2 | 0 | - |",
    ]


@pytest.mark.parametrize(
    ("number", "row", "says"),
    [
        (2, "| 2 | a fault | no 5xx | 2 | 2 | 1.50 s |", "round 0: R5 /: ask at  was answered 500"),
        (3, "| 3 | a fault | it goes well | 2 | 1 | - |", "round 1: it went wrong"),
    ],
)
def test_a_violation_of_a_rule_or_of_an_expectation_exits_1_and_is_told(
    drills: None, capsys: pytest.CaptureFixture[str], number: int, row: str, says: str
) -> None:
    assert command.main(["--only", str(number), "--rounds", "2"]) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == row
    assert printed.err.splitlines()[0] == says


def test_the_history_has_every_event_with_its_drill_and_round(drills: None, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    command.main(["--only", "2", "--rounds", "2", "--history", str(path)])
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {
            "drill": 2,
            "round": number,
            "op": "ask",
            "key": "/",
            "family": "/",
            "start": 0,
            "end": 1,
            "outcome": "broken",
            "successor": "",
            "issued": [],
            "place": "",
            "status": 500,
        }
        for number in range(2)
    ]


def test_more_violations_than_one_reads_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.tell([Result(violations=[str(number) for number in range(12)])]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "and 2 more"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--only", "99"), "there is no drill 99 on orm; there are 1, 2, 3"),
        (("--store", "dynamodb", "--only", "14,23"), "there is no drill 23 on dynamodb; there are 1, 2, 3"),
    ],
)
def test_a_drill_that_there_is_not_is_named(arguments: tuple[str, ...], says: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.drills", *arguments],
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, says in " ".join(run.stderr.split())) == (2, True)


def test_the_drill_of_the_session_cache_knows_how_long_its_breaker_rests() -> None:
    assert session_cache.REST == breaker.REST


def test_the_same_seed_makes_the_same_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[float] = []
    chosen = Drill("", "", lambda turn: drawn.append(turn.random.random()))
    for seed in (1, 1, 2):
        drill.run(1, chosen, Still(), 1, seed)  # type: ignore[arg-type]  # it only settles
    assert drawn[0] == drawn[1] != drawn[2]


def test_every_drill_of_tokens_sessions_clean_up_and_the_database_is_there() -> None:
    assert list(table.on("orm")) == list(table.DRILLS) == [*range(1, 7), *range(8, 44)]
    assert list(table.on("dynamodb")) == [*range(1, 7), 8, 12, *range(14, 19), 22, *range(26, 29), *range(40, 44)]


def test_a_store_that_fails_otherwise_has_the_same_drill_with_a_fault_of_its_own() -> None:
    assert table.on("dynamodb")[22].invariant == table.on("orm")[22].invariant
    assert table.on("dynamodb")[22].fault != table.on("orm")[22].fault


def test_the_drill_of_a_clock_that_is_set_knows_how_far_off_a_node_may_be() -> None:
    assert timedelta(seconds=stepped.MARGIN) == CLOCK_MARGIN
