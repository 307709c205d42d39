"""A client as requests read it: one item, with what has to be known of the resources that it serves and has scopes of,
so that a request reads it in one call.

What is deleted stays as a tombstone, an item without a record: a late write of an older version cannot bring it back.
"""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from accounts.ground.dynamodb.items import Item, number
from accounts.ground.dynamodb.unit import Place
from tokens.protocol import client_metadata
from tokens.protocol.records import Client, ClientSecret, ProtectionsSeen, Resource, codec
from tokens.stores.dynamodb.records import RECORD

TABLE, CLIENT = "clients", "client:"
VERSION = "version"
SINCE = "since"
"""The version with which the client was added: what was noted of one of its id before is not its own."""


def place(client_id: str) -> Place:
    return TABLE, f"{CLIENT}{client_id}", ""


def client_id(place: Place) -> str:
    """Whose place it is."""
    return place[1].removeprefix(CLIENT)


def item_of(client: Client | None, version: int, since: int) -> Item:
    """`client`: None where it was deleted."""
    numbers = {VERSION: version, SINCE: since}
    return {**numbers, RECORD: _text(client)} if client is not None else numbers


def client_of(item: Item | None) -> Client | None:
    """As it was published: what a region noted of it is elsewhere."""
    return _client(str(item[RECORD])) if item is not None and RECORD in item else None


def since(item: Item) -> int:
    return number(item, SINCE)


def _text(client: Client) -> str:
    said = {
        "client_id": client.client_id,
        "metadata": client_metadata.stored(client),
        "secrets": [codec.to_json(secret) for secret in client.secrets],
        "serves": {name: list(client.told_at_introspection[name]) for name in client.resources},
        "resources_of_scope": [codec.to_json(resource) for resource in client.resources_of_scope],
        "protections_seen": codec.to_json(client.protections_seen),
        "logout_failing_since": codec.plain(client.logout_failing_since),
        "updated": codec.plain(client.updated),
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


@lru_cache(512)
def _client(text: str) -> Client:
    """What a text says it says for good: nothing is kept of a client but what its item says now."""
    said: dict[str, Any] = json.loads(text)
    serves = {name: tuple(claims) for name, claims in said["serves"].items()}
    failing_since = said["logout_failing_since"]
    return Client(
        client_id=said["client_id"],
        secrets=tuple(codec.from_json(ClientSecret, each) for each in said["secrets"]),
        resources=tuple(serves),
        told_at_introspection=serves,
        resources_of_scope=tuple(codec.from_json(Resource, each) for each in said["resources_of_scope"]),
        protections_seen=codec.from_json(ProtectionsSeen, said["protections_seen"]),
        logout_failing_since=datetime.fromisoformat(failing_since) if failing_since is not None else None,
        updated=datetime.fromisoformat(said["updated"]),
        **client_metadata.load(said["metadata"]),
    )
