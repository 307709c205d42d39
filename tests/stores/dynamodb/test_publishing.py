"""Clients reach requests as SQL has them, whatever happens between the commit and the service."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.stores import samples
from tests.stores.dynamodb import acts
from tests.stores.dynamodb.acts import ACTS, arrange, held, read, written
from tests.stores.dynamodb.failing import Failing, owed, publisher
from tokens.protocol.records import Client
from tokens.stores.base import Store
from tokens.stores.dynamodb import publishing
from tokens.stores.dynamodb.reconciling import reconcile
from tokens.stores.orm import orm_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("act", ACTS)
def test_what_staff_does_reaches_requests_before_it_is_told_that_it_is_done(store: Store, act: str) -> None:
    arrange(store)
    before = read(store)
    assert before == written()
    ACTS[act](store)
    assert read(store) == written() != before
    assert owed() == []


@pytest.mark.parametrize("act", ACTS)
def test_what_the_service_does_not_take_is_owed_until_it_does(
    store: Store, service: Failing, act: str, caplog: pytest.LogCaptureFixture
) -> None:
    arrange(store)
    before = read(store)
    service.fails = {"put_item"}
    ACTS[act](store)
    assert read(store) == before != written()
    assert "the task publish_clients goes on" in caplog.text
    assert owed() != []
    service.fails = set()
    publisher(store).publish(lambda: True)
    assert read(store) == written()
    assert owed() == []


def test_a_request_publishes_as_long_as_it_has_time_and_leaves_the_rest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrange(store)
    times = iter([2.0, 0.0])
    left = SimpleNamespace(left=lambda: next(times, 0.0), waiting=nullcontext)
    monkeypatch.setattr(publishing, "deadline", SimpleNamespace(current=lambda: left))
    with store.unit():
        for client_id in acts.IDS:
            acts.change(store, client_id, client_name="Another")
    first, *others = acts.IDS
    assert owed() == others
    assert read(store)[first] == written()[first]


def test_who_comes_late_with_what_was_read_before_writes_nothing(store: Store) -> None:
    arrange(store)
    for late in (lambda: acts.change(store, client_name="Last"), lambda: acts.delete(store)):
        with _overtaken(store, late):
            acts.change(store, client_name="First")
        assert read(store) == written()
        assert owed() == []


def test_what_one_admin_does_is_not_lost_to_what_another_does(store: Store) -> None:
    arrange(store)
    first, second = held(store), held(store)
    assert store.clients.change(replace(first, client_name="First"), first.updated)
    assert not store.clients.change(replace(second, client_name="Second"), second.updated)
    acts.add_secret(store)
    assert read(store) == written()
    assert held(store).client_name == "First"


def test_a_unit_writes_all_or_nothing(store: Store) -> None:
    arrange(store)
    before = read(store)

    def give_up() -> None:
        with store.unit():
            acts.several(store)
            raise LookupError

    with pytest.raises(LookupError):
        give_up()
    assert read(store) == before == written()
    assert owed() == []
    with pytest.raises(RuntimeError, match="written at once"):
        store.in_unit(lambda: store.clients.delete("shop"))


def test_a_unit_in_which_nothing_is_registered_asks_no_database(
    store: Store, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    arrange(store)
    with django_assert_num_queries(0), store.unit():
        store.journal.revoke("token:a", NOW)
        store.clients.get("shop")
        store.clients.note_protection("shop", "pkce", NOW, timedelta())
        store.clients.unless_void("shop", ["token:a"], NOW)


def test_all_who_have_a_scope_of_a_resource_are_published(store: Store) -> None:
    arrange(store)
    ids = [f"{i:04}" for i in range(250)]
    for client_id in ids:
        orm_store().clients.add(samples.client(client_id=client_id, scope=acts.ORDERS.permissions, resources=()))
    assert {each.client_id for each in reconcile(publisher(store))} == set(ids)
    acts.change_resource(store, scope=("read",))
    assert owed() == []
    scopes = {client.scope for each in ids if (client := store.clients.get(each)) is not None}
    assert scopes == {acts.ORDERS.permissions[:1]}


@contextmanager
def _overtaken(store: Store, by: Callable[[], None]) -> Iterator[None]:
    """The first who publishes is, once it has read the client."""
    clients = publisher(store).written
    with pytest.MonkeyPatch.context() as patch:

        def get(client_id: str) -> Client | None:
            patch.undo()
            client = clients.get(client_id)
            by()
            return client

        patch.setattr(clients, "get", get)
        yield
