"""What a process keeps of resources: nothing that was changed is used again, whoever changed it."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FrameType
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.stores import samples
from tests.stores.samples import CLIENT
from tokens import models
from tokens.protocol.records import Resource
from tokens.stores.base import Store
from tokens.stores.orm import known_resources, orm_store
from tokens.stores.orm.known_resources import Known

pytestmark = pytest.mark.django_db

ORDERS = Resource(identifier="urn:orders", scope=("orders:read",), name="Orders")
STOCK = Resource(identifier="urn:stock", scope=("stock:read",), name="Stock")
TraceFunction = Callable[[FrameType, str, Any], Any]
BOTH = [ORDERS.identifier, STOCK.identifier]


@pytest.fixture(autouse=True)
def nothing_is_known() -> Iterator[None]:
    _forget()
    yield
    _forget()


@pytest.fixture
def store(db: None) -> Store:
    store = orm_store()
    for each in (ORDERS, STOCK):
        assert store.resources.add(each, [])
    scope = (*ORDERS.permissions, *STOCK.permissions)
    assert store.clients.add(samples.client(scope=scope, default_resource=(), resources=()))
    return store


def test_they_are_read_once_as_long_as_none_changes(store: Store) -> None:
    assert [_statements(store) for _ in range(3)] == [2, 1, 1]
    _change(store, ORDERS)
    assert [_statements(store) for _ in range(3)] == [2, 1, 1]


def test_what_another_process_changed_is_read_again(store: Store) -> None:
    _told(store)
    before = known_resources._kept
    changed = _change(store, ORDERS)
    known_resources._kept = before
    assert _told(store) == (changed, STOCK)


def test_one_that_was_deleted_and_added_again_is_another(store: Store) -> None:
    _told(store)
    before = known_resources._kept
    store.resources.delete(ORDERS.identifier)
    again = replace(ORDERS, access_token_format="opaque")
    store.resources.add(again, [])
    client = store.clients.get(CLIENT)
    assert client is not None
    assert store.clients.change(replace(client, scope=(*again.permissions, *STOCK.permissions)), client.updated)
    known_resources._kept = before
    assert _told(store) == (again, STOCK)


def test_a_change_between_the_client_s_look_and_theirs_is_never_kept_for_what_was_before(store: Store) -> None:
    before = _version()
    assert known_resources.of([STOCK.identifier], before) == (STOCK,)
    changed = _change(store, ORDERS)
    assert known_resources.of(BOTH, before) == (changed, STOCK)
    assert known_resources._kept == (_version(), {ORDERS.identifier: changed})
    assert known_resources.of(BOTH, _version()) == (changed, STOCK)


def test_a_slow_request_does_not_bring_an_old_state_back(store: Store) -> None:
    before = _version()
    known_resources.of(BOTH, before)
    kept = known_resources._kept
    changed = _change(store, ORDERS)
    assert _told(store) == (changed, STOCK)
    known_resources.of(BOTH, before)
    assert _told(store) == (changed, STOCK)
    known_resources._kept = kept
    assert _told(store) == (changed, STOCK)


@pytest.mark.parametrize(
    "kept", [{}, {ORDERS.identifier: replace(ORDERS, access_token_format="opaque")}], ids=["none", "old"]
)
def test_what_another_thread_keeps_meanwhile_is_not_told(store: Store, kept: Known) -> None:
    version = _version()

    def meanwhile(frame: FrameType, event: str, argument: object) -> TraceFunction:
        known_resources._kept = uuid4(), kept
        return meanwhile

    tracing = sys.gettrace()
    sys.settrace(lambda frame, *_: meanwhile if frame.f_code.co_filename == known_resources.__file__ else None)
    try:
        assert known_resources.of(BOTH, version) == (ORDERS, STOCK)
    finally:
        sys.settrace(tracing)


def test_a_change_that_is_taken_back_leaves_nothing_of_it(store: Store) -> None:
    _told(store)
    with transaction.atomic():
        changed = _change(store, ORDERS)
        assert _told(store) == (changed, STOCK)
        transaction.set_rollback(True)
    assert _told(store) == (ORDERS, STOCK)


def test_nothing_is_kept_where_no_version_was_written(store: Store) -> None:
    models.ResourcesVersion.objects.all().delete()
    assert [_statements(store) for _ in range(2)] == [2, 2]
    assert known_resources._kept == (None, {})


def test_every_change_of_a_resource_writes_another_version(store: Store) -> None:
    versions = [_version()]
    _change(store, ORDERS)
    versions.append(_version())
    store.resources.delete(ORDERS.identifier)
    versions.append(_version())
    store.resources.add(ORDERS, [])
    versions.append(_version())
    assert len(set(versions)) == len(versions)


def test_an_unknown_version_is_no_reason_to_keep_what_is_not_there() -> None:
    assert known_resources.of(["urn:nothing"], uuid4()) == ()
    assert known_resources._kept == (None, {})


def _forget() -> None:
    known_resources._kept = (None, {})


def _told(store: Store) -> tuple[Resource, ...]:
    client = store.clients.get(CLIENT)
    assert client is not None
    return client.resources_of_scope


def _statements(store: Store) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert len(_told(store)) == 2
    return len(captured)


def _version() -> UUID:
    return models.ResourcesVersion.objects.get().version


def _change(store: Store, resource: Resource) -> Resource:
    [held] = store.resources.named([resource.identifier])
    changed = replace(held, access_token_format="opaque", name="Changed")
    assert store.resources.change(changed, [], held.updated)
    return changed
