"""Leases of scheduled tasks, and signing keys that are rotated under one: nodes have clocks of their own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.ground import clock
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from tests.stores.contention import race
from tests.stores.dynamodb.doubles import Told
from tests.stores.suite.runs import HOUR, KEPT, LONG_AGO, MINUTE
from tests.support.dynamodb import client, own_tables
from tokens.keys import rotation
from tokens.protocol.records import RunLease
from tokens.stores.base import Store
from tokens.stores.dynamodb.store import store_of

__all__ = ["own_tables"]

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(own_tables: DynamoDB) -> Store:
    return at(own_tables)


def at(tables: DynamoDB, now: datetime | None = None) -> Store:
    """The store of a node. `now`: what its clock says; None: what this machine's does."""
    return store_of(State(Service(client()), tables.prefix, "0", clock.now if now is None else lambda: now))


def test_of_two_clocks_the_one_behind_waits(own_tables: DynamoDB) -> None:
    ahead, behind = at(own_tables, NOON), at(own_tables, NOON - timedelta(seconds=1))
    first = ahead.runs.claim("task", HOUR, MINUTE, KEPT, "ahead")
    assert first is not None
    assert ahead.runs.finish(first, {}, "")
    assert behind.runs.claim("task", HOUR, MINUTE, KEPT, "behind") is None
    assert at(own_tables, NOON + HOUR).runs.claim("task", HOUR, MINUTE, KEPT, "behind") == RunLease("task", 2)


@pytest.mark.parametrize(("before", "now"), [(MINUTE, HOUR), (HOUR, MINUTE)])
def test_a_task_is_claimed_in_the_next_interval_though_its_length_was_changed(
    own_tables: DynamoDB, before: timedelta, now: timedelta
) -> None:
    first = at(own_tables, NOON).runs.claim("task", before, MINUTE, KEPT, "a node")
    assert first is not None
    assert at(own_tables, NOON).runs.finish(first, {}, "")
    assert at(own_tables, NOON).runs.claim("task", now, MINUTE, KEPT, "a node") is None
    assert at(own_tables, NOON + now).runs.claim("task", now, MINUTE, KEPT, "a node") == RunLease("task", 2)


def test_who_looks_for_a_run_that_is_not_due_asks_once_and_writes_nothing(own_tables: DynamoDB) -> None:
    told = Told(client())
    store = store_of(State(Service(told), own_tables.prefix, "0", clock.now))
    store.runs.claim("task", HOUR, MINUTE, KEPT, "a node")
    told.calls.clear()
    assert store.runs.claim("task", HOUR, MINUTE, KEPT, "another") is None
    assert told.calls == ["get_item"]


def test_no_key_is_rotated_by_a_worker_whose_lease_ran_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It held the lease when it looked, and another took it before the step was written."""
    monkeypatch.setattr(rotation, "store", lambda: store)
    stale = store.runs.claim("rotate_keys", HOUR, LONG_AGO, KEPT, "a node")
    assert stale is not None
    claimed: list[RunLease | None] = []

    def go_on() -> bool:
        held = store.runs.hold(stale, MINUTE)
        if not claimed:
            claimed.extend(race(lambda _: store.runs.claim("rotate_keys", HOUR, MINUTE, KEPT, "another"), 1))
        return held

    assert rotation.rotate(clock.now(), go_on) == []
    assert claimed == [replace(stale, epoch=2)]
    assert store.keys.all() == []
    assert not store.runs.finish(stale, {}, "")


def test_keys_are_rotated_by_the_worker_that_holds_the_lease(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the test above tests something: each step is one transaction with the lease."""
    monkeypatch.setattr(rotation, "store", lambda: store)
    lease = store.runs.claim("rotate_keys", HOUR, LONG_AGO, KEPT, "a node")
    assert lease is not None
    steps = rotation.rotate(clock.now(), lambda: store.runs.hold(lease, MINUTE))
    assert {step.act for step in steps} == {"make active"}
    assert sorted(key.kid for key in store.keys.all()) == sorted(step.kid for step in steps)
    assert store.runs.claim("rotate_keys", HOUR, MINUTE, KEPT, "another") is None
