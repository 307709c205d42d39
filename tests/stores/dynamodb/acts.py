"""What staff does to clients and resources, and whether requests find them as SQL has them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stores import samples
from tokens.protocol.records import Client, ClientSecret, Resource
from tokens.stores.base import Store
from tokens.stores.orm import orm_store

ORDERS = Resource(identifier="urn:orders", scope=("read", "write"), introspection_claims=("email",))
STOCK = Resource(identifier="urn:stock", scope=("read",))
SECRET = ClientSecret("1", "a" * 64, None)
NEW = ClientSecret("1", "b" * 64, None)
IDS = ("api", "shop", "other")


def arrange(store: Store) -> None:
    """A client that serves an API, one with its scopes, and one with none."""
    store.resources.add(ORDERS, [])
    store.resources.add(STOCK, [])
    for client_id in IDS:
        scope = (*ORDERS.permissions, *STOCK.permissions) if client_id == "shop" else ("openid",)
        store.clients.add(samples.client(client_id=client_id, scope=scope, resources=(), secrets=(SECRET,)))
    [orders, _] = store.resources.all()
    store.resources.change(orders, ["api"], orders.updated)


def held(store: Store, client_id: str = "shop") -> Client:
    client = store.clients.of_id(client_id)
    assert client is not None
    return client


def change(store: Store, client_id: str = "shop", **changes: Any) -> None:
    before = held(store, client_id)
    assert store.clients.change(replace(before, **changes), before.updated)


def change_resource(store: Store, owners: tuple[str, ...] = ("api",), **changes: Any) -> None:
    [orders] = store.resources.named([ORDERS.identifier])
    assert store.resources.change(replace(orders, **changes), owners, orders.updated)


def _end_secret(store: Store) -> None:
    [secret] = held(store).secrets
    assert store.clients.delete_secret("shop", secret.id)


def _let_secret_end(store: Store) -> None:
    [secret] = held(store).secrets
    now = datetime.now(UTC)
    assert store.clients.expire_secret("shop", secret.id, now + timedelta(minutes=1), now)


def _make_again(store: Store) -> None:
    assert store.clients.delete("shop")
    assert store.clients.add(samples.client(client_id="shop", secrets=(NEW,), resources=()))


def _make_resource_again(store: Store) -> None:
    assert store.resources.delete(ORDERS.identifier)
    assert store.resources.add(replace(ORDERS, name="Another"), ["other"])


def several(store: Store) -> None:
    """In one unit, all or nothing."""
    with store.unit():
        change(store, client_name="Another")
        assert store.clients.delete("other")
        change_resource(store, scope=("read",))
        assert store.clients.add(samples.client(client_id="new", resources=()))


ACTS: Mapping[str, Callable[[Store], None]] = {
    "a client is changed": lambda store: change(store, client_name="Another"),
    "a client is disabled": lambda store: change(store, enabled=False),
    "a client is deleted": lambda store: delete(store),
    "a client is deleted and made again": _make_again,
    "a secret is added": lambda store: add_secret(store),
    "a secret is ended": _end_secret,
    "a secret is given an end": _let_secret_end,
    "another client serves a resource": lambda store: change_resource(store, ("other",)),
    "what a resource is told changes": lambda store: change_resource(store, introspection_claims=("name",)),
    "the tokens of a resource change": lambda store: change_resource(store, access_token_format="opaque"),
    "a resource loses a scope": lambda store: change_resource(store, scope=("read",)),
    "a resource is deleted": lambda store: _delete_resource(store),
    "a resource is deleted and made again": _make_resource_again,
    "all of that in one unit": several,
}


def delete(store: Store) -> None:
    assert store.clients.delete("shop")


def _delete_resource(store: Store) -> None:
    assert store.resources.delete(ORDERS.identifier)


def add_secret(store: Store) -> None:
    assert store.clients.add_secret("shop", NEW, held(store).secrets[-1].id)


def written() -> dict[str, Any]:
    """By its id what SQL has of each client."""
    return _said(orm_store())


def read(store: Store) -> dict[str, Any]:
    """By its id what requests find of each client."""
    return _said(store)


def _said(store: Store) -> dict[str, Any]:
    return {client_id: _all(store.clients.get(client_id)) for client_id in (*IDS, "new")}


def _all(client: Client | None) -> Any:
    """What is left out where two are compared, too."""
    if client is None:
        return None
    secrets = [secret.id for secret in client.secrets]
    return client, secrets, client.updated, client.told_at_introspection, client.resources_of_scope
