"""The tables, by Connect2id's names where they are the same thing. Every item has a `pk`, in most tables a `sk`, and
`ttl` where it ends. What kinds of items there are: `kinds`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PK, SK, TTL = "pk", "sk", "ttl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`about`: what is in it. `sorted`: whether several items have one `pk`. `ends`: whether any of its items does.
    `replicated`: whether several regions will share it; else each has one of its own. No table has an index: what is
    looked for in another way has an item of its own, which is read consistently."""

    name: str
    about: str
    sorted: bool = True
    ends: bool = True
    replicated: bool = False

    @property
    def keys(self) -> list[str]:
        return [PK, SK] if self.sorted else [PK]

    def schema(self) -> dict[str, Any]:
        """For CreateTable."""
        kinds = zip(self.keys, ("HASH", "RANGE"), strict=False)
        return {
            "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in kinds],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in self.keys],
        }


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            name="clients",
            about="clients, each with what has to be known of resources with it",
            sorted=False,
            ends=False,
            replicated=True,
        ),
        Table(
            name="long_lived_authorizations",
            about="authorizations with their refresh tokens, what people allowed, who was given anything in a session",
            replicated=True,
        ),
        Table(name="id_access_tokens", about="opaque access tokens", sorted=False, replicated=True),
        Table(name="revocation_journal", about="what is void", replicated=True),
        Table(name="one_time", about="what is spent in the region where it was made", sorted=False),
        Table(name="signing_keys", about="the region's ring of keys, sealed", sorted=False, ends=False),
        Table(name="outbox", about="logout notices, and whom to look at once more"),
        Table(name="runs", about="leases and runs of scheduled work"),
        Table(name="secret_use", about="what a region notes of clients", sorted=False, ends=False),
    )
}
