"""Clients are changed by several at once, by processes that die, by who makes them again: requests find them as SQL has
them."""

import signal
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from accounts.ground.dynamodb.conf import DynamoDB
from tests.stores import samples
from tests.stores.contention import race
from tests.stores.dynamodb import acts
from tests.stores.dynamodb.acts import IDS, arrange, read, written
from tests.stores.dynamodb.failing import Failing, owed, publisher
from tests.stores.dynamodb.killed import WAYS, killed
from tokens.stores.base import Store

pytestmark = pytest.mark.usefixtures("committed")
ADMINS = 8


@pytest.mark.parametrize("way", WAYS)
def test_a_process_that_is_killed_owes_what_it_committed(store: Store, own_tables: DynamoDB, way: str) -> None:
    arrange(store)
    before = written()
    assert killed(way, "all of that in one unit", own_tables) == -signal.SIGKILL
    assert (written() == before) == (way == "before it commits")
    assert (owed() == []) == (way == "before it commits")
    publisher(store).publish(lambda: True)
    assert read(store) == written()
    assert owed() == []


def test_admins_who_write_at_once_leave_requests_what_they_left_in_sql(store: Store) -> None:
    arrange(store)
    race(lambda number: _work(store, Random(number)), ADMINS)  # noqa: S311 a seed
    assert read(store) == written()
    assert owed() == []


def test_admins_who_write_while_the_service_comes_and_goes_owe_the_rest(store: Store, service: Failing) -> None:
    arrange(store)

    def work(number: int) -> None:
        service.fails = {"put_item"} if number % 2 else set()
        _work(store, Random(number))  # noqa: S311 a seed

    race(work, ADMINS)
    service.fails = set()
    race(lambda _: publisher(store).publish(lambda: True), ADMINS)
    assert read(store) == written()
    assert owed() == []


def _work(store: Store, random: Random) -> None:
    """Some of what an admin does. Who finds that another was faster does the next thing."""
    for _ in range(6):
        random.choice(WORK)(store, random.choice(IDS))


def _change(store: Store, client_id: str) -> None:
    if (client := store.clients.of_id(client_id)) is not None:
        store.clients.change(replace(client, tos_uri=f"{client.tos_uri}x", enabled=not client.enabled), client.updated)


def _add_secret(store: Store, client_id: str) -> None:
    if (client := store.clients.of_id(client_id)) is not None:
        store.clients.add_secret(client_id, acts.NEW, client.secrets[-1].id if client.secrets else "")


def _end_secret(store: Store, client_id: str) -> None:
    if (client := store.clients.of_id(client_id)) is not None and client.secrets:
        store.clients.delete_secret(client_id, client.secrets[0].id)


def _make_again(store: Store, client_id: str) -> None:
    store.clients.delete(client_id)
    scope = ("openid", *acts.ORDERS.permissions)
    store.clients.add(samples.client(client_id=client_id, scope=scope, resources=()))


def _change_resource(store: Store, client_id: str) -> None:
    for orders in store.resources.named([acts.ORDERS.identifier]):
        scope = ("read",) if len(orders.scope) == 2 else acts.ORDERS.scope
        store.resources.change(replace(orders, scope=scope, name=f"{orders.name}x"), [client_id], orders.updated)


def _make_resource_again(store: Store, client_id: str) -> None:
    store.resources.delete(acts.ORDERS.identifier)
    store.resources.add(acts.ORDERS, [client_id])


WORK: tuple[Callable[[Store, str], None], ...] = (
    *(_change, _add_secret, _end_secret, _make_again),
    *(_change_resource, _make_resource_again),
)
