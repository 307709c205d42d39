"""Calls a request, exactly, and the capacity units that they cost in one region and in two."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.endpoints.on_the_wire import REQUESTS, World, world
from tests.stores.dynamodb.capacity import Units, metered
from tests.stores.dynamodb.clock import clock as clock_of_the_store
from tests.support.dynamodb import on_dynamodb, own_tables

PAGE = Path(__file__).parents[2] / "docs/dynamodb.md"

__all__ = ["clock_of_the_store", "on_dynamodb", "own_tables", "world"]

BATCH, GET, QUERY, PUT, UPDATE, ADD = (
    "BatchGetItem",
    "GetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "BatchWriteItem",
)
BUDGETS: Mapping[str, tuple[list[str], Units, Units]] = {
    "code": ([BATCH, GET, BATCH, ADD, UPDATE], Units(8, 6), Units(11, 11)),
    "refresh, rotating": ([BATCH, QUERY, GET, BATCH, PUT, UPDATE], Units(9, 2), Units(12, 4)),
    "refresh, not rotating": ([BATCH, QUERY, GET, BATCH], Units(9, 0), Units(12, 0)),
    "client_credentials": ([BATCH], Units(2, 0), Units(2, 0)),
    "client_credentials, opaque": ([BATCH, PUT], Units(2, 1), Units(2, 2)),
    "introspection": ([BATCH, GET, BATCH], Units(9, 0), Units(12, 0)),
    "introspection of a machine's token": ([BATCH, BATCH], Units(6, 0), Units(8, 0)),
    "introspection of an opaque token": ([BATCH, GET, BATCH], Units(7, 0), Units(9, 0)),
    "userinfo": ([GET, BATCH], Units(7, 0), Units(10, 0)),
    "revocation of a refresh token": ([BATCH, QUERY, GET, UPDATE], Units(4, 1), Units(4, 2)),
    "revocation of an access token": ([BATCH, GET, UPDATE], Units(3, 1), Units(3, 2)),
    "authorize": ([BATCH, QUERY, BATCH, PUT], Units(8, 1), Units(11, 1)),
}
"""The calls, and what they cost in one region and in two."""


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_makes_its_calls_and_no_more(world: World, name: str) -> None:
    REQUESTS[name](world)()  # the first notes what is noted once a day
    ask = REQUESTS[name](world)
    with metered(world.wire.client) as meter:
        answer = ask()
    assert answer.status_code in (200, 303)
    assert (meter.operations, meter.cost(1), meter.cost(2)) == BUDGETS[name]


@pytest.mark.parametrize("name", REQUESTS)
def test_the_page_tells_them(name: str) -> None:
    calls, here, both = BUDGETS[name]
    told = f"| {name} | {len(calls)} | {here.reads} / {here.writes} | {both.reads} / {both.writes} |"
    assert told in PAGE.read_text()
