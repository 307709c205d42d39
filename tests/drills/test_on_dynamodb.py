"""Drills where the store is on DynamoDB; `python -m tests.drills --store dynamodb` plays all that there are."""

from collections.abc import Iterator

import pytest

from tests.drills.drill import run
from tests.drills.ground import Ground, ground
from tests.drills.table import on
from tests.drills.test_drills import SEED, SLACK


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("drills"), "dynamodb") as started:
        yield started


@pytest.mark.parametrize(("number", "rounds"), [(1, 1), (2, 2), (3, 1), (4, 1), (22, 1)])
def test_a_drill_of_codes_and_tokens_holds_there_too(where: Ground, number: int, rounds: int) -> None:
    held(where, number, rounds)


@pytest.mark.parametrize(("number", "rounds"), [(40, 1), (41, 1), (42, 1), (43, 2)])
def test_a_drill_of_sign_ins_holds_there_too(where: Ground, number: int, rounds: int) -> None:
    held(where, number, rounds)


@pytest.mark.parametrize("number", [14, 17, 28])
def test_a_drill_of_scheduled_work_holds_there_too(where: Ground, number: int) -> None:
    held(where, number, 1)


def held(where: Ground, number: int, rounds: int) -> None:
    result = run(number, on("dynamodb")[number], where, rounds, SEED, slack=SLACK)
    assert (result.rounds, result.violations) == (rounds, [])
