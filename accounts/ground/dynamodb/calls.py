"""What calls are asked with and answer, as the places and items of ours."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from accounts.ground.dynamodb.items import Item, read, written
from accounts.ground.dynamodb.tables import PK, SK
from accounts.ground.dynamodb.unit import Place

LONGEST_PK = 2048
"""Bytes."""


def can_be(place: Place) -> bool:
    """Whether there can be such an item: a key is UTF-8, and neither empty nor too long."""
    try:
        return 0 < len(place[1].encode()) <= LONGEST_PK
    except UnicodeEncodeError:
        return False


def key(place: Place) -> dict[str, Any]:
    _, pk, sk = place
    return written({PK: pk, SK: sk or None})


def whole(place: Place, item: Item) -> dict[str, Any]:
    return key(place) | written(item)


def placed(table: str, items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Place, Item]]:
    for item in map(read, items):
        yield (table, str(item[PK]), str(item.get(SK, ""))), item


def batch_of_keys(prefix: str, places: Iterable[Place]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for place in places:
        keys.setdefault(prefix + place[0], {"Keys": [], "ConsistentRead": True})["Keys"].append(key(place))
    return keys


def batch_of_puts(prefix: str, items: Iterable[tuple[Place, Item]]) -> dict[str, Any]:
    puts: dict[str, Any] = {}
    for place, item in items:
        puts.setdefault(prefix + place[0], []).append({"PutRequest": {"Item": whole(place, item)}})
    return puts
