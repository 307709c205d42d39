"""The tables, by Connect2id's names where they are the same thing. Every item has a `pk`, most a `sk`, and `ttl` where
it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PK, SK, TTL = "pk", "sk", "ttl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`sorted`: whether several items have one `pk`. `ends`: whether some of its items do."""

    name: str
    sorted: bool = True
    ends: bool = True

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
        # Clients, their resources; what is seen of a client and of a secret's use is regional: secret_use.
        Table(name="clients", ends=False),
        # An authorization, what its family's refresh tokens are, what people allowed, who took part in a session.
        Table(name="long_lived_authorizations"),
        Table(name="id_access_tokens", sorted=False),
        Table(name="revocation_journal"),
        # Codes, interactions, client assertions: of the region, in which they are spent.
        Table(name="one_time", sorted=False),
        # The ring, one item with a version.
        Table(name="signing_keys", sorted=False, ends=False),
        Table(name="outbox"),
        Table(name="runs"),
        Table(name="secret_use", sorted=False),
    )
}
