"""Capacity units, reckoned from the sizes of items as the service's documentation counts them: no local server tells.

A consistent read costs a unit for each 4 KB, a write one for each 1 KB, of each item, rounded up; a query rounds the
sum up; what is not there costs as one unit; in a transaction each write costs twice. Of a replicated table each region
pays for each write.
"""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tokens.protocol.journal import EVERYTHING
from tokens.stores.dynamodb.shared import READ_UNIT, WRITE_UNIT

REGIONAL = ("one_time", "signing_keys", "outbox", "runs", "secret_use")
"""Tables that are a region's own."""
ONE_A_REGION = ("subject", "client", EVERYTHING)
"""Keys of the journal that have an item a region."""

Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Units:
    """`reads` and `writes` of all regions together."""

    reads: int = 0
    writes: int = 0

    def __add__(self, other: "Units") -> "Units":
        return Units(self.reads + other.reads, self.writes + other.writes)


def size(item: Attributes) -> int:
    """Bytes: names and values."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    [(kind, told)] = value.items()
    if kind == "N":
        return len(told) // 2 + 1
    if kind == "SS":
        return 3 + sum(len(each.encode()) for each in told)
    return len(told.encode()) if kind == "S" else 1


def reckoned(operation: str, asked: Mapping[str, Any], answered: Mapping[str, Any], regions: int) -> Units:
    """What a call costs."""
    match operation:
        case "GetItem":
            return Units(reads=_read(size(answered.get("Item", {}))))
        case "Query":
            return Units(reads=_read(sum(map(size, answered["Items"]))))
        case "BatchGetItem":
            found = [each for items in answered["Responses"].values() for each in items]
            keys = {table: each["Keys"] for table, each in asked["RequestItems"].items()}
            missing = sum(map(len, keys.values())) - len(found)
            more = sum(_more(table, each, regions) for table, named in keys.items() for each in named)
            return Units(reads=sum(_read(size(each)) for each in found) + missing + more)
        case "PutItem":
            return _written(asked["TableName"], size(asked["Item"]), regions)
        case "UpdateItem" | "DeleteItem":
            return _written(asked["TableName"], _after(asked), regions)
        case "BatchWriteItem":
            puts = ((table, put["PutRequest"]["Item"]) for table, each in asked["RequestItems"].items() for put in each)
            return sum((_written(table, size(item), regions) for table, item in puts), Units())
        case "TransactWriteItems":
            writes = [write for each in asked["TransactItems"] for write in each.values()]
            sizes = [
                (write["TableName"], size(write["Item"]) if "Item" in write else _after(write)) for write in writes
            ]
            return sum((_written(table, bytes_, regions) for table, bytes_ in sizes for _ in range(2)), Units())
    raise ValueError(f"nobody said what {operation} costs")


def _read(bytes_: int) -> int:
    return max(1, math.ceil(bytes_ / READ_UNIT))


def _written(table: str, bytes_: int, regions: int) -> Units:
    copies = 1 if table.rpartition(".")[2] in REGIONAL else regions
    return Units(writes=max(1, math.ceil(bytes_ / WRITE_UNIT)) * copies)


def _after(asked: Mapping[str, Any]) -> int:
    """Of an item of ours that is updated, never more than this and what it was before: both are beneath one unit, as
    the sizes of the kinds say."""
    return size(asked["Key"]) + sum(_size(value) for value in asked.get("ExpressionAttributeValues", {}).values())


def _more(table: str, key: Attributes, regions: int) -> int:
    """Items that are read for it in other regions' names."""
    is_one_a_region = table.endswith("revocation_journal") and key["pk"]["S"].partition(":")[0] in ONE_A_REGION
    return regions - 1 if is_one_a_region else 0


@dataclass(slots=True)
class Meter:
    """What was asked of the service within a block."""

    operations: list[str] = field(default_factory=list)
    calls: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=list)

    def cost(self, regions: int) -> Units:
        return sum((reckoned(*call, regions) for call in self.calls), Units())


@contextmanager
def metered(client: Any) -> Iterator[Meter]:
    meter, asked = Meter(), list[Mapping[str, Any]]()

    def before(params: Mapping[str, Any], **_: Any) -> None:
        asked.append(json.loads(params["body"]))

    def after(parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        meter.operations.append(model.name)
        meter.calls.append((model.name, asked.pop(), parsed))

    events = client.meta.events
    events.register("before-call.dynamodb", before)
    events.register("after-call.dynamodb", after)
    try:
        yield meter
    finally:
        events.unregister("before-call.dynamodb", before)
        events.unregister("after-call.dynamodb", after)
