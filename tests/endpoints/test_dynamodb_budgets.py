"""Calls a request, exactly, and the capacity units that they cost in one region and in two."""

import pytest

from tests.endpoints.on_the_wire import REQUESTS, World, world
from tests.stores.dynamodb.capacity import Units, metered
from tests.stores.dynamodb.clock import clock as clock_of_the_store
from tests.support.dynamodb import on_dynamodb, own_tables

__all__ = ["clock_of_the_store", "on_dynamodb", "own_tables", "world"]

J = "BatchGetItem"
BUDGETS: dict[str, tuple[list[str], Units, Units]] = {}
"""The calls, and what they cost in one region and in two."""


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_makes_its_calls_and_no_more(world: World, name: str) -> None:
    REQUESTS[name](world)()  # the first notes what is noted once a day
    ask = REQUESTS[name](world)
    with metered(world.wire.client) as meter:
        answer = ask()
    assert answer.status_code in (200, 303)
    assert (meter.operations, meter.cost(1), meter.cost(2)) == BUDGETS[name]
