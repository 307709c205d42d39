"""Whatever goes wrong between us and DynamoDB, a request is answered as ever, or with 503 and when to come back; and
who comes back is served."""

from typing import Any

import pytest

from accounts.ground.dynamodb import deadline
from accounts.site.refusal_lines import RefusalFilter
from tests.endpoints.on_the_wire import REQUESTS, World, world
from tests.stores.dynamodb.clock import clock as clock_of_the_store
from tests.stores.dynamodb.faults import FAULTS, Fault
from tests.support.dynamodb import on_dynamodb, own_tables

__all__ = ["clock_of_the_store", "on_dynamodb", "own_tables", "world"]

SOME = (
    "throttled, as 400",
    "time-out before it was done",
    "time-out after it was done",
    "internal error after it was done",
    "credentials cannot be renewed",
    "access denied",
    "table gone",
)
"""One of each kind: what each call makes of each fault, the verbs' own tests show."""


def calls_of(world: World, name: str) -> list[str]:
    ask = REQUESTS[name](world)
    world.wire.clear()
    assert is_served(ask())
    return list(world.wire.asked)


def is_served(answer: Any) -> bool:
    return answer.status_code in (200, 303)


@pytest.mark.parametrize("name", REQUESTS)
def test_what_passes_is_not_noticed(world: World, name: str) -> None:
    wrong = []
    for number, operation in enumerate(calls_of(world, name)):
        for title in (title for title in SOME if FAULTS[title].passes):
            ask = REQUESTS[name](world)
            world.wire.once(number, FAULTS[title])
            if not is_served(answer := ask()):
                wrong.append((number, operation, title, answer.status_code, answer.content))
            world.wire.clear()
    assert wrong == []


@pytest.mark.parametrize("name", REQUESTS)
def test_what_stays_is_503_in_time_and_who_comes_back_is_served(world: World, name: str) -> None:
    found = {
        (number, operation, title): _of_what_stays(world, name, number, FAULTS[title])
        for number, operation in enumerate(calls_of(world, name))
        for title in SOME
    }
    assert {where: what for where, what in found.items() if what} == {}


def test_what_an_outage_costs_the_log_is_three_lines_a_request(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The first says why. None has a traceback."""
    ask = REQUESTS["code"](world)
    world.wire.on(0, FAULTS["table gone"])
    with caplog.filtering(RefusalFilter()):
        assert ask().status_code == 503
    assert [(record.name, record.exc_info) for record in caplog.records] == [
        ("accounts.ground.dynamodb.service", None),
        ("tokens.endpoint.refusals", None),
        ("django.request", None),
    ]


def _of_what_stays(world: World, name: str, number: int, fault: Fault) -> str:
    ask = REQUESTS[name](world)
    world.wire.on(number, fault)
    began = world.clock.now
    answer = ask()
    world.wire.clear()
    if world.clock.now - began > deadline.SECONDS:
        return "it took longer than a request may"
    if any(setting in answer.content for setting in (b"IDP_", b"AWS_")):
        return "a client was told of our settings"
    is_503 = answer.status_code == 503 and answer.get("Retry-After") == "2"
    if not is_served(answer) and not is_503:
        return f"it was told {answer.status_code} {answer.content!r}"
    again = ask()
    if is_served(again):
        return "it was served twice" if is_served(answer) and name == "code" else ""
    may_be_spent = name == "code" and (is_served(answer) or fault.may_be_done)
    is_refused = again.status_code == 400 and again.json()["error"] == "invalid_grant"
    return "" if may_be_spent and is_refused else f"who came back was told {again.status_code} {again.content!r}"
