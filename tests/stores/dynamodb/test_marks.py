"""What is noted of clients stands beside what was published of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.ground.dynamodb.items import Item
from tests.stores import samples
from tests.stores.dynamodb import acts
from tests.stores.dynamodb.acts import NEW, SECRET, arrange, held
from tests.stores.dynamodb.failing import Failing, publisher
from tokens.protocol.records import ProtectionsSeen
from tokens.stores.base import Store
from tokens.stores.dynamodb import published
from tokens.stores.orm import orm_store

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAUSE = timedelta(minutes=5)

NOTES: dict[str, Callable[[Store], object]] = {
    "the use of a secret": lambda store: store.clients.note_secret_use("shop", SECRET.digest, NOW, PAUSE),
    "what it sent": lambda store: store.clients.note_protection("shop", "pkce", NOW, PAUSE),
    "that no notice reaches it": lambda store: store.clients.note_logout("shop", NOW),
}


def item(store: Store) -> Item | None:
    return publisher(store).state.get(published.place("shop"))


def marks(store: Store) -> Item:
    return publisher(store).state.get(("secret_use", "client:shop", "")) or {}


@pytest.mark.parametrize("note", NOTES)
def test_what_is_noted_does_not_touch_what_was_published(store: Store, note: str) -> None:
    arrange(store)
    before, as_it_was = item(store), held(store)
    NOTES[note](store)
    assert item(store) == before
    assert orm_store().clients.get("shop") == as_it_was
    noted = store.clients.get("shop")
    assert noted == held(store) != as_it_was


@pytest.mark.parametrize("note", NOTES)
def test_what_an_admin_does_beside_a_note_stays(store: Store, note: str) -> None:
    arrange(store)
    as_it_was = held(store)
    NOTES[note](store)
    assert store.clients.change(replace(as_it_was, enabled=False), as_it_was.updated)
    NOTES[note](store)
    client = store.clients.get("shop")
    assert client is not None
    assert not client.enabled


def test_a_client_that_is_made_again_has_nothing_that_was_noted_of_the_one_before(store: Store) -> None:
    arrange(store)
    for note in NOTES.values():
        note(store)
    with store.unit():
        assert store.clients.delete("shop")
        assert store.clients.add(samples.client(client_id="shop", secrets=(SECRET,), resources=()))
    client = store.clients.get("shop")
    assert client == held(store)
    assert (client.protections_seen, client.logout_failing_since) == (ProtectionsSeen(), None)
    assert client.secrets == (SECRET,)
    NOTES["what it sent"](store)
    assert [name.rpartition(".")[2] for name in marks(store) if "." in name] == ["pkce"]


def test_what_is_noted_of_a_secret_goes_once_another_is_used(store: Store) -> None:
    arrange(store)
    NOTES["the use of a secret"](store)
    assert any(SECRET.digest in name for name in marks(store))
    acts.ACTS["a secret is ended"](store)
    assert store.clients.add_secret("shop", NEW, "")
    store.clients.note_secret_use("shop", NEW.digest, NOW, PAUSE)
    assert [name for name in marks(store) if SECRET.digest in name] == []
    assert held(store).secrets == (replace(NEW, last_used=NOW),)


def test_a_client_is_read_in_one_call_and_noted_of_in_two(store: Store, service: Failing) -> None:
    arrange(store)
    budget: list[tuple[Callable[[], object], list[str]]] = [
        (lambda: store.clients.get("shop"), ["batch_get_item"]),
        (lambda: store.clients.unless_void("shop", ["token:a", "client:shop"], NOW), ["batch_get_item"]),
        (lambda: NOTES["what it sent"](store), ["batch_get_item", "update_item"]),
        (lambda: NOTES["what it sent"](store), ["batch_get_item"]),
    ]
    for ask, calls in budget:
        service.asked.clear()
        ask()
        assert service.asked == calls
