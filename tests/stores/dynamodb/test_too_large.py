"""A client whose item the service does not take has ended for requests until it is smaller. As it was, it could go on
with what was taken from it."""

from collections.abc import Callable

import pytest

from tests.stores.dynamodb import acts
from tests.stores.dynamodb.acts import ACTS, arrange, read, written
from tests.stores.dynamodb.failing import Failing, owed, publisher
from tests.stores.dynamodb.test_disabled import given, is_good
from tokens import models
from tokens.registration import clients
from tokens.stores.base import Store
from tokens.stores.dynamodb import published
from tokens.work import publishing

pytestmark = pytest.mark.django_db
LARGE = ("x" * 500_000,)
"""An item has 400 KB at the most."""
TAKES: dict[str, Callable[[Store], object]] = {
    "the client is disabled": lambda store: clients.switch("shop", enabled=False),
    "its secret is ended": ACTS["a secret is ended"],
}


def test_it_has_ended_and_stays_owed_and_holds_up_nobody(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    arrange(store)
    before = given(store)
    acts.change(store, claims_mapping=LARGE)
    acts.change(store, "other", client_name="Another")
    assert "client shop cannot be published (ValidationException): it has ended for requests" in caplog.text
    assert owed() == ["shop"]
    assert publishing.TASKS["publish_clients"].work(lambda: True) == {"client": 0, "refused": 1}
    assert read(store) == {**written(), "shop": None}
    assert not is_good(store, before)
    acts.change(store, claims_mapping=())
    assert owed() == []
    assert read(store) == written()
    assert is_good(store, given(store))


@pytest.mark.parametrize("take", TAKES)
def test_what_is_taken_from_it_is_taken_from_requests(store: Store, take: str) -> None:
    arrange(store)
    acts.change(store, claims_mapping=LARGE)
    TAKES[take](store)
    assert read(store)["shop"] is None
    acts.change(store, claims_mapping=())
    assert read(store) == written()


def test_who_ends_it_and_dies_before_it_is_void_leaves_that_to_the_next(store: Store, service: Failing) -> None:
    arrange(store)
    before = given(store)
    service.fails = {"update_item"}
    acts.change(store, claims_mapping=LARGE)
    assert is_good(store, before)
    service.fails = set()
    publisher(store).publish(lambda: True)
    assert not is_good(store, before)


def test_it_ends_though_a_restored_database_forgot_what_was_published(store: Store) -> None:
    arrange(store)
    models.Publication.objects.filter(client_id="shop").update(version=1)
    state, now = publisher(store).state, models.Publication.objects.get(client_id="other").version
    place = published.place("shop")
    later = {**(state.get(place) or {}), published.VERSION: now + 3_600_000_000}
    assert state.replace(place, later, published.VERSION) == later
    acts.change(store, claims_mapping=LARGE)
    assert read(store)["shop"] is None
    assert owed() == ["shop"]
