"""What all parts of a store on DynamoDB share: how items are read, added and decided, and the unit of each thread.

A unit decides at its end (`stores.base.units`): first what it added, which nobody can reach yet; last the one write
that decides. A nonce belongs to the request: whoever is refused by their own lost attempt has won.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import local
from typing import Any

from botocore.exceptions import ClientError

from tokens.stores.base.unavailable import Unavailable
from tokens.stores.dynamodb import deadline
from tokens.stores.dynamodb.items import Comparison, Expression, Item, Value, read, written
from tokens.stores.dynamodb.service import RETRY_AFTER, Service
from tokens.stores.dynamodb.tables import PK, SK

BY = "by"
"""The attribute that says which request decided."""
MOST_READ, MOST_WRITTEN = 100, 25
"""Items of one batch."""

Condition = tuple[str, Comparison, Value | None]
Place = tuple[str, str, str]
"""Table, `pk` and `sk`; "" where the table has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A conditional write. `sets`: attributes and what they become; `removes`: the item goes."""

    place: Place
    conditions: Sequence[Condition]
    sets: Mapping[str, Value]
    nonce: str


@dataclass(slots=True)
class Unit:
    added: dict[Place, Item] = field(default_factory=dict)
    writes: list[Mapping[str, Any]] = field(default_factory=list)
    deletes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    decisions: dict[Place, Decision] = field(default_factory=dict)
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def take(self, other: "Unit") -> None:
        """What a unit within this one wrote."""
        self.added, self.writes = other.added, other.writes
        self.deletes, self.decisions = other.deletes, other.decisions

    def within(self) -> "Unit":
        """One that goes on from here, and may be given up alone."""
        return Unit(added={**self.added}, writes=[*self.writes], deletes=[*self.deletes], decisions={**self.decisions}, nonce=self.nonce)


class State:
    def __init__(self, service: Service, prefix: str, region: str, clock: Callable[[], datetime]) -> None:
        self.service, self.region, self.clock = service, region, clock
        self._prefix = prefix
        self._threads = local()

    @property
    def unit(self) -> Unit | None:
        unit: Unit | None = getattr(self._threads, "unit", None)
        return unit

    @contextmanager
    def begun(self, unit: Unit) -> Iterator[None]:
        outer, self._threads.unit = self.unit, unit
        try:
            yield
        finally:
            self._threads.unit = outer

    # Reads, all consistent, and each as the unit of this thread would have it

    def get(self, place: Place) -> Item | None:
        if not _can_be(place):
            return None
        if self.unit is not None and place in self.unit.added:
            return self.unit.added[place]
        answer = self.service("get_item", TableName=self._name(place), Key=_key(place), ConsistentRead=True)
        return self._decided(place, read(answer["Item"])) if "Item" in answer else None

    def of(self, table: str, pk: str, begins: str = "") -> list[Item]:
        """The items of one `pk` whose `sk` begins so, in the order of that."""
        if not _can_be((table, pk, "")):
            return []
        expression = Expression()
        condition = expression.all_of([(PK, "=", pk)])
        if begins:
            condition += f" AND begins_with({expression.name(SK)}, {expression.value(begins)})"
        found: dict[Place, Item] = {}
        asked = {
            "TableName": self._prefix + table,
            "KeyConditionExpression": condition,
            "ConsistentRead": True,
            **expression.parameters(),
        }
        while True:
            answer = self.service("query", **asked)
            found |= {place: self._decided(place, item) for place, item in _placed(table, answer["Items"])}
            if "LastEvaluatedKey" not in answer:
                break
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        if self.unit is not None:
            more = {**self.unit.added, **{place: each.sets for place, each in self.unit.decisions.items() if place not in found}}
            found |= {
                place: item
                for place, item in more.items()
                if place[:2] == (table, pk) and place[2].startswith(begins)
            }
        return [found[place] for place in sorted(found)]

    def several(self, places: Iterable[Place]) -> list[Item]:
        """Those of the items that are there. Unavailable, where the service leaves some unread until the end."""
        left = [place for place in dict.fromkeys(places) if _can_be(place)]
        found: list[Item] = []
        while left:
            batch, left = left[:MOST_READ], left[MOST_READ:]
            keys: dict[str, dict[str, Any]] = {}
            for place in batch:
                asked = keys.setdefault(self._name(place), {"Keys": [], "ConsistentRead": True})
                asked["Keys"].append(_key(place))
            while keys:
                answer = self.service("batch_get_item", RequestItems=keys)
                for name, items in answer["Responses"].items():
                    table = name.removeprefix(self._prefix)
                    found += [self._decided(place, item) for place, item in _placed(table, items)]
                keys = answer.get("UnprocessedKeys") or {}
                if keys and deadline.left() <= 0:
                    raise Unavailable(RETRY_AFTER)
        return found

    # Writes

    def add(self, place: Place, item: Mapping[str, Value | None]) -> None:
        """One that is there already stays: nobody else knew its key, so it is the same. In a unit at its end."""
        whole: Item = {name: value for name, value in item.items() if value is not None}
        if self.unit is not None:
            self.unit.added[place] = whole
        else:
            self._write([(place, whole)])

    def put(self, place: Place, item: Mapping[str, Value | None]) -> None:
        """As `add`, but the last one stays."""
        self.add(place, item)

    def forget(self, place: Place) -> None:
        """Deletes it. In a unit at its end."""
        self.write_once("delete_item", {"TableName": self._name(place), "Key": _key(place)})

    def write_once(self, operation: str, asked: Mapping[str, Any]) -> None:
        if self.unit is not None:
            self.unit.deletes.append((operation, asked))
        else:
            self.service(operation, **asked)

    def decide(self, place: Place, conditions: Sequence[Condition], sets: Mapping[str, Value]) -> bool:
        """Whether the conditions hold, and it is written; in a unit they are judged at its end."""
        if (unit := self.unit) is None:
            return self._decide(Decision(place=place, conditions=conditions, sets=sets, nonce=secrets.token_hex(8)))
        before = unit.decisions.get(place)
        if before is not None:
            conditions, sets = before.conditions, {**before.sets, **sets}
        unit.decisions[place] = Decision(place=place, conditions=conditions, sets=sets, nonce=unit.nonce)
        return True

    def write(
        self, place: Place, any_of: Sequence[Condition], sets: Mapping[str, Value], removes: Sequence[str] = ()
    ) -> None:
        """Writes where there is no such item, or one of the conditions holds: to do it twice is to do it once. In a
        unit at its end."""
        expression = Expression()
        assigned = ", ".join(f"{expression.name(name)} = {expression.value(value)}" for name, value in sets.items())
        gone = f" REMOVE {', '.join(map(expression.name, removes))}" if removes else ""
        conditions: list[Condition] = [(PK, "absent", None), *any_of]
        asked = {
            "TableName": self._name(place),
            "Key": _key(place),
            "UpdateExpression": f"SET {assigned}{gone}",
            "ConditionExpression": " OR ".join(expression.all_of([each]) for each in conditions),
            **expression.parameters(),
        }
        if self.unit is not None:
            self.unit.writes.append(asked)
        else:
            self._update(asked)

    def lengthen(self, place: Place, conditions: Sequence[Condition], sets: Mapping[str, Value]) -> None:
        """Writes where the item is there and the conditions hold, or else nothing. In a unit at its end."""
        asked = self._asked(place, [(PK, "there", None), *conditions], sets)
        if self.unit is not None:
            self.unit.writes.append(asked)
        else:
            self._update(asked)

    def joins(self, place: Place, conditions: Sequence[Condition], name: str, value: str) -> bool:
        """Adds a text to a set of the item's, where the conditions hold; whether they did. To do it twice is to do it
        once."""
        expression = Expression()
        asked = {
            "TableName": self._name(place),
            "Key": _key(place),
            "UpdateExpression": f"ADD {expression.name(name)} {expression.value(frozenset([value]))}",
            "ConditionExpression": expression.all_of(conditions),
            **expression.parameters(),
        }
        return self._update(asked)

    def end(self, unit: Unit) -> bool:
        """Whether the unit held."""
        for asked in unit.writes:
            self._update(asked)
        for operation, asked in unit.deletes:
            self.service(operation, **asked)
        if unit.added:
            self._write(list(unit.added.items()))
        decisions = list(unit.decisions.values())
        if len(decisions) > 1:
            return self._decide_together(decisions, unit.nonce)
        return not decisions or self._decide(decisions[0])

    def _write(self, items: Sequence[tuple[Place, Item]]) -> None:
        if len(items) == 1:
            ((place, item),) = items
            self.service("put_item", TableName=self._name(place), Item=_key(place) | written(item))
            return
        for start in range(0, len(items), MOST_WRITTEN):
            asked: dict[str, list[Any]] = {}
            for place, item in items[start : start + MOST_WRITTEN]:
                put = {"PutRequest": {"Item": _key(place) | written(item)}}
                asked.setdefault(self._name(place), []).append(put)
            while asked:
                asked = self.service("batch_write_item", RequestItems=asked).get("UnprocessedItems") or {}
                if asked and deadline.left() <= 0:
                    raise Unavailable(RETRY_AFTER)

    def _decide_together(self, decisions: Sequence[Decision], nonce: str) -> bool:
        """One transaction: what a key rotation writes hangs on who holds the run."""
        updates = [self._asked(each.place, each.conditions, {**each.sets, BY: each.nonce}) for each in decisions]
        try:
            self.service("transact_write_items", TransactItems=[{"Update": each} for each in updates], ClientRequestToken=nonce)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            return False
        return True

    def _asked(
        self, place: Place, conditions: Sequence[Condition], sets: Mapping[str, Value]
    ) -> dict[str, Any]:
        expression = Expression()
        assigned = ", ".join(f"{expression.name(name)} = {expression.value(value)}" for name, value in sets.items())
        return {
            "TableName": self._name(place),
            "Key": _key(place),
            "UpdateExpression": f"SET {assigned}",
            "ConditionExpression": expression.all_of(conditions),
            **expression.parameters(),
        }

    def _update(self, asked: Mapping[str, Any]) -> bool:
        """Whether its condition held."""
        try:
            self.service("update_item", **asked)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _decide(self, decision: Decision) -> bool:
        asked = self._asked(decision.place, decision.conditions, {**decision.sets, BY: decision.nonce})
        try:
            self.service("update_item", **asked, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return read(error.response.get("Item", {})).get(BY) == decision.nonce
        return True

    def _decided(self, place: Place, item: Item) -> Item:
        """As the unit of this thread will have it."""
        decision = self.unit.decisions.get(place) if self.unit is not None else None
        return {**item, **decision.sets} if decision is not None else item

    def _name(self, place: Place) -> str:
        return self._prefix + place[0]


def _can_be(place: Place) -> bool:
    """Whether there can be such an item: a key is UTF-8, not empty, of at most 2,048 bytes."""
    try:
        return 0 < len(place[1].encode()) <= 2048
    except UnicodeEncodeError:
        return False


def _key(place: Place) -> dict[str, Any]:
    _, pk, sk = place
    return written({PK: pk, SK: sk or None})


def _placed(table: str, items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Place, Item]]:
    for item in map(read, items):
        yield (table, str(item[PK]), str(item.get(SK, ""))), item
