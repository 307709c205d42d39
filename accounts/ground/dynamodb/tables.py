"""What a table is. Every item has a `pk`, in most tables a `sk`, and `ttl` where it ends."""

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
