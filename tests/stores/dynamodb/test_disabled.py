"""A client that is disabled or deleted is void before whoever did it is told so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.ground.unavailable import Unavailable
from tests.stores import samples
from tests.stores.dynamodb.acts import arrange
from tests.stores.dynamodb.failing import Failing, owed, publisher
from tokens.protocol.records import Authorization
from tokens.registration import clients
from tokens.stores.base import Store
from tokens.stores.orm import orm_store

pytestmark = pytest.mark.django_db

ENDS: dict[str, Callable[[], bool]] = {
    "disabled": lambda: clients.switch("shop", enabled=False),
    "deleted": lambda: clients.delete("shop"),
}


def given(store: Store) -> Authorization:
    """To the client, by somebody who signed in just now."""
    now = datetime.now(UTC)
    authorization = samples.authorization(client_id="shop", root_at=now, expires=now + timedelta(days=1))
    assert store.authorizations.add(authorization)
    return authorization


def is_good(store: Store, authorization: Authorization) -> bool:
    return store.authorizations.get(authorization.id, datetime.now(UTC)) is not None


@pytest.mark.parametrize("end", ENDS)
def test_what_it_was_given_is_void_though_the_client_is_not_published_yet(
    store: Store, service: Failing, end: str
) -> None:
    arrange(store)
    before = given(store)
    service.fails = {"put_item"}
    assert ENDS[end]()
    assert not is_good(store, before)
    assert owed() == ["shop"]
    client = store.clients.get("shop")
    assert client is not None
    assert client.enabled


@pytest.mark.parametrize("end", ENDS)
def test_what_it_is_given_until_it_is_published_is_void_then(store: Store, service: Failing, end: str) -> None:
    arrange(store)
    service.fails = {"put_item"}
    assert ENDS[end]()
    service.fails = set()
    meanwhile = given(store)
    assert is_good(store, meanwhile)
    publisher(store).publish(lambda: True)
    assert not is_good(store, meanwhile)


@pytest.mark.parametrize("end", ENDS)
def test_who_publishes_and_dies_before_it_is_void_leaves_it_owed(store: Store, service: Failing, end: str) -> None:
    arrange(store)
    service.fails = {"put_item"}
    assert ENDS[end]()
    service.fails = set()
    meanwhile = given(store)
    service.fails = {"update_item"}
    with pytest.raises(Unavailable):
        publisher(store).publish(lambda: True)
    assert owed() == ["shop"]
    service.fails = set()
    publisher(store).publish(lambda: True)
    assert not is_good(store, meanwhile)


def test_what_a_deleted_client_is_given_until_another_takes_its_place_is_void_then(
    store: Store, service: Failing
) -> None:
    arrange(store)
    service.fails = {"put_item"}
    assert clients.delete("shop")
    service.fails = set()
    meanwhile = given(store)
    service.fails = {"put_item"}
    assert store.clients.add(samples.client(client_id="shop", resources=()))
    service.fails = {"update_item"}
    with pytest.raises(Unavailable):
        publisher(store).publish(lambda: True)
    assert store.clients.get("shop") is None, "who dies before it is void has not published the other one"
    service.fails = set()
    publisher(store).publish(lambda: True)
    assert owed() == []
    assert not is_good(store, meanwhile)
    assert is_good(store, given(store))


@pytest.mark.parametrize("end", ENDS)
def test_where_the_journal_cannot_be_written_nothing_is_done_and_that_is_told(
    store: Store, service: Failing, end: str
) -> None:
    arrange(store)
    before = given(store)
    service.fails = {"update_item"}
    with pytest.raises(Unavailable):
        ENDS[end]()
    assert is_good(store, before)
    assert owed() == []
    client = orm_store().clients.get("shop")
    assert client is not None
    assert client.enabled


def test_a_client_that_is_enabled_again_can_be_given_more(store: Store) -> None:
    arrange(store)
    before = given(store)
    assert clients.switch("shop", enabled=False)
    assert clients.switch("shop", enabled=True)
    assert not is_good(store, before)
    assert is_good(store, given(store))
