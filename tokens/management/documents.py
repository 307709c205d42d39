"""What commands print of clients and resources: JSON objects, with the names that the metadata have."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from tokens.protocol import client_metadata
from tokens.protocol.records import Client, ClientSecret, Resource
from tokens.protocol.records.codec import plain
from tokens.registration.kinds import kind_of
from tokens.stores import store

PAGE = 500


def every_client(text: str = "") -> Iterator[Client]:
    """The clients of which `text` is the id, or a part of the name, in the order of their ids."""
    after = ""
    while page := store().clients.find(text, after, PAGE):
        yield from page
        after = page[-1].client_id


def owners_of(identifier: str, clients: Iterable[Client]) -> list[str]:
    """The ids of those of the clients that serve the resource."""
    return [client.client_id for client in clients if identifier in client.resources]


def of_client(client: Client, now: datetime) -> dict[str, Any]:
    """All that may be told of a client: no secret, and no digest of one."""
    return {
        "client_id": client.client_id,
        "kind": kind_of(client),
        **client_metadata.write(client),
        "secrets": [_secret(secret, now) for secret in client.secrets],
        "resources": list(client.resources),
        "updated": client.updated.isoformat(),
    }


def of_resource(resource: Resource, owners: Iterable[str]) -> dict[str, Any]:
    members = {name: plain(getattr(resource, name)) for name in resource.__dataclass_fields__}
    return {**members, "scope": " ".join(resource.scope), "owners": sorted(owners)}


def _secret(secret: ClientSecret, now: datetime) -> dict[str, Any]:
    return {
        "id": secret.id,
        "lives": secret.expires is None or secret.expires > now,
        "expires": secret.expires.isoformat() if secret.expires else None,
        "last_used": secret.last_used.isoformat() if secret.last_used else None,
    }
