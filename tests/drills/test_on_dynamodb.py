"""Drills where the store is on DynamoDB; `python -m tests.drills --store dynamodb` plays all that there are."""

from collections.abc import Iterator

import pytest

from tests.drills.drill import run
from tests.drills.ground import Ground, ground
from tests.drills.table import DRILLS
from tests.drills.test_drills import SEED, SLACK


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("drills"), "dynamodb") as started:
        yield started


@pytest.mark.parametrize("number", [14, 17, 28])
def test_a_drill_of_scheduled_work_holds_there_too(where: Ground, number: int) -> None:
    result = run(number, DRILLS[number], where, 1, SEED, slack=SLACK)
    assert (result.rounds, result.violations) == (1, [])
