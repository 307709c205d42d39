"""A process that dies before or after any write of any grant: until the write that decides nothing is burnt, and after
it an answer was lost. There are never two winners."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from django.test import Client
from pytest_django.fixtures import Settings

from tests.endpoints.lifecycle import refresh
from tests.endpoints.on_the_wire import World, world
from tests.stores.dynamodb.clock import clock as clock_of_the_store
from tests.stores.dynamodb.faults import WRITES, Fault, Send, operation
from tests.support.builders import save_code
from tests.support.dynamodb import on_dynamodb, own_tables
from tests.support.endpoints import exchange
from tokens.conf import conf
from tokens.protocol import refresh_token as form
from tokens.protocol.records import NO_KEY
from tokens.stores import store

__all__ = ["clock_of_the_store", "on_dynamodb", "own_tables", "world"]


class Died(BaseException):
    """The process is gone: nothing of ours catches it."""


def _before(request: AWSPreparedRequest, send: Send) -> AWSResponse:
    raise Died


def _after(request: AWSPreparedRequest, send: Send) -> AWSResponse:
    send(request)
    raise Died


BEFORE, AFTER = Fault(happens=_before), Fault(happens=_after)
Grant = Callable[[Client], Any]
"""Asked for in the name of a client, of a process."""


class Traced:
    """A request without a fault, and which of its calls write and decide."""

    def __init__(self, world: World, ask: Grant) -> None:
        decided: list[int] = []

        def look(request: AWSPreparedRequest, **_: Any) -> None:
            if _decides(request):
                decided.append(len(world.wire.asked) - 1)

        world.wire.clear()
        world.wire.client.meta.events.register_last("before-send.dynamodb", look)
        self.answer = ask(world.sender)
        world.wire.client.meta.events.unregister("before-send.dynamodb", look)
        self.writes = [number for number, name in enumerate(world.wire.asked) if name in WRITES]
        [self.decides] = decided


def _decides(request: AWSPreparedRequest) -> bool:
    """It bears the nonce of its request."""
    asked = json.loads(request.body)
    return operation(request) == "UpdateItem" and "by" in asked.get("ExpressionAttributeNames", {}).values()


def died(world: World, number: int, fault: Fault, ask: Grant) -> None:
    world.wire.once(number, fault)
    with pytest.raises(Died):
        ask(Client())  # with all that a process of its own has
    world.wire.clear()


def code(world: World) -> Grant:
    handle = world.code(world.rotating)
    return lambda process: exchange(process, world.rotating, handle)


def rotation(world: World) -> Grant:
    token = world.refresh_token(world.rotating)
    return lambda process: refresh(process, world.rotating, token)


@pytest.fixture(params=[10, 0], ids=["retry", "no retry"])
def retry(request: pytest.FixtureRequest, settings: Settings) -> int:
    """Seconds in which a client that lost the answer is given it again."""
    seconds: int = request.param
    settings.TOKENS = replace(conf(), refresh_retry=seconds)
    return seconds


@pytest.mark.parametrize("grant", [code, rotation])
def test_the_write_that_decides_is_the_units_last(world: World, grant: Callable[[World], Grant]) -> None:
    traced = Traced(world, grant(world))
    assert traced.answer.status_code == 200
    assert len(traced.writes) >= 2
    assert traced.decides in traced.writes


@pytest.mark.parametrize("grant", [code, rotation])
def test_who_died_before_it_has_burnt_nothing(world: World, retry: int, grant: Callable[[World], Grant]) -> None:
    traced = Traced(world, grant(world))
    deaths = [(number, BEFORE) for number in range(traced.decides + 1)]
    deaths += [(number, AFTER) for number in range(traced.decides)]
    assert len(deaths) >= 5
    for number, fault in deaths:
        died(world, number, fault, ask := grant(world))
        first, second = ask(world.sender), ask(world.sender)
        assert first.status_code == 200, (number, first.content)
        assert (grant is rotation and retry) or second.status_code == 400
        if second.status_code == 200:
            assert second.json()["refresh_token"] == first.json()["refresh_token"]


def test_who_died_after_it_has_spent_the_code(world: World) -> None:
    died(world, Traced(world, code(world)).decides, AFTER, ask := code(world))
    again = ask(world.sender)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert code(world)(world.sender).status_code == 200  # the person signs in again


def test_who_died_after_it_gets_the_same_successor_or_the_family_ends(world: World, retry: int) -> None:
    died(world, Traced(world, rotation(world)).decides, AFTER, ask := rotation(world))
    first, second = ask(world.sender), ask(world.sender)
    if retry:
        assert (first.status_code, second.status_code) == (200, 200)
        successor = first.json()["refresh_token"]
        assert second.json()["refresh_token"] == successor
        assert refresh(world.sender, world.rotating, successor).status_code == 200
    else:
        assert (first.status_code, first.json()["error"]) == (400, "invalid_grant")
        assert second.status_code == 400


def test_a_family_that_ended_so_gives_nothing_more(world: World, settings: Settings) -> None:
    settings.TOKENS = replace(conf(), refresh_retry=0)
    root = world.refresh_token(world.rotating)
    held = refresh(world.sender, world.rotating, root).json()["refresh_token"]
    traced = Traced(world, rotation(world))
    died(world, traced.decides, AFTER, lambda process: refresh(process, world.rotating, held))
    assert refresh(world.sender, world.rotating, held).status_code == 400
    assert refresh(world.sender, world.rotating, root).status_code == 400


def test_who_loses_a_code_changes_nothing_of_what_its_winner_was_given(world: World) -> None:
    """The same request twice at once: one looks first, and adds what it made after the other had its answer."""
    handle, held = save_code(world.rotating.client_id, str(world.person.pk))
    adds = Traced(world, code(world)).writes[0]
    won: list[Any] = []

    def happens(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        world.wire.clear()
        with store().codes._state.begun(None):  # type: ignore[attr-defined]  # as another thread
            won.append(exchange(Client(), world.rotating, handle))
        world.wire.once(1, BEFORE)
        return send(request)

    world.wire.once(adds, Fault(happens=happens))
    with pytest.raises(Died):
        exchange(Client(), world.rotating, handle)
    world.wire.clear()
    token = form.parse(won[0].json()["refresh_token"])
    authorization = store().authorizations.of_id(held.authorization.id)
    assert token is not None
    assert authorization is not None
    assert form.belongs(token, authorization, NO_KEY)
    assert refresh(world.sender, world.rotating, token.text).status_code == 200
