"""What all parts of a store on DynamoDB share: how items are read, added and decided, and the unit of each thread.

A unit decides at its end: first what it added, which nobody can reach yet; last the one write that decides, one
transaction where there are several. Nothing follows it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import local
from typing import Any

from botocore.exceptions import ClientError

from accounts.ground.dynamodb import calls
from accounts.ground.dynamodb.answers import CANCELLED, CONDITION_FAILED
from accounts.ground.dynamodb.items import Expression, Item, Value, read
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.tables import PK, SK
from accounts.ground.dynamodb.unit import Condition, Decision, Place, Unit, new_nonce

BY = "by"
"""The attribute that says which request decided."""
MOST_READ, MOST_WRITTEN, MOST_TOGETHER = 100, 25, 100
"""Items of one batch read, of one batch written, of one transaction."""


class State:
    """`prefix`: of the names of all tables. `clock`: the store's own. `margin`: by how much later that of another node
    may be, or the one that dates sign-ins."""

    def __init__(
        self,
        service: Service,
        prefix: str,
        region: str,
        clock: Callable[[], datetime],
        margin: Callable[[], timedelta] = timedelta,
    ) -> None:
        self.service, self.region, self.clock, self.margin = service, region, clock, margin
        self._prefix = prefix
        self._threads = local()

    @property
    def unit(self) -> Unit | None:
        unit: Unit | None = getattr(self._threads, "unit", None)
        return unit

    @contextmanager
    def begun(self, unit: Unit) -> Iterator[None]:
        """This thread is in the unit meanwhile."""
        outer, self._threads.unit = self.unit, unit
        try:
            yield
        finally:
            self._threads.unit = outer

    def refuse_units(self) -> None:
        """For a verb that is written at once. RuntimeError in a unit, which could not take it back."""
        if self.unit is not None:
            raise RuntimeError("this verb is written at once: a unit of a store without transactions cannot hold it")

    # Reads, all of them consistent, and each as the unit of this thread would have it

    def get(self, place: Place) -> Item | None:
        unit = self.unit
        if not calls.can_be(place) or (unit is not None and place in unit.added):
            return unit.added.get(place) if unit is not None else None
        answer = self.service("get_item", TableName=self.name(place), Key=calls.key(place), ConsistentRead=True)
        item = read(answer["Item"]) if "Item" in answer else None
        return item if unit is None else unit.seen(place, item)

    def of(self, table: str, pk: str, begins: str = "") -> list[Item]:
        """The items of one `pk` whose `sk` begins so, in the order of that."""
        expression = Expression()
        condition = expression.all_of([(PK, "=", pk)])
        if begins:
            condition += f" AND begins_with({expression.name(SK)}, {expression.value(begins)})"
        found = dict(self._queried(table, pk, {"KeyConditionExpression": condition, **expression.parameters()}))
        if (unit := self.unit) is not None:
            seen = {place: unit.seen(place, found.get(place)) for place in (*found, *unit.of(table, pk, begins))}
            found = {place: item for place, item in seen.items() if item is not None}
        return [found[place] for place in sorted(found)]

    def _queried(self, table: str, pk: str, asked: Mapping[str, Any]) -> Iterator[tuple[Place, Item]]:
        """Page by page: one ends after a megabyte."""
        after: Mapping[str, Any] = {}
        while calls.can_be((table, pk, "")):
            answer = self.service("query", TableName=self._prefix + table, ConsistentRead=True, **asked, **after)
            yield from calls.placed(table, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            after = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def several(self, places: Iterable[Place]) -> dict[Place, Item]:
        """Those of the items that are there. Unavailable, where the service leaves some unread until the end."""
        wanted = [place for place in dict.fromkeys(places) if calls.can_be(place)]
        found: dict[Place, Item] = {}
        for start in range(0, len(wanted), MOST_READ):
            keys = calls.batch_of_keys(self._prefix, wanted[start : start + MOST_READ])
            for answer in self.service.until_all("batch_get_item", keys, "UnprocessedKeys"):
                for name, items in answer["Responses"].items():
                    found |= calls.placed(name.removeprefix(self._prefix), items)
        if (unit := self.unit) is not None:
            seen = {place: unit.seen(place, found.get(place)) for place in wanted}
            return {place: item for place, item in seen.items() if item is not None}
        return found

    def ask(self, places: Iterable[Place]) -> Mapping[str, Any]:
        """The service's answer as it is, to one call for up to MOST_READ items."""
        return self.service("batch_get_item", RequestItems=calls.batch_of_keys(self._prefix, places))

    # Writes

    def add(self, place: Place, item: Mapping[str, Value | None]) -> None:
        """In a unit at its end. One that is there already is the same, for nobody else knew its key."""
        whole: Item = {name: value for name, value in item.items() if value is not None}
        if self.unit is not None:
            self.unit.add(place, whole)
        else:
            self._add({place: whole})

    def add_all(self, items: Mapping[Place, Item]) -> None:
        """As `add`, in as few calls as there may be."""
        if self.unit is not None:
            self.unit.added |= items
        elif items:
            self._add(items)

    def is_first(self, name: object) -> bool:
        """Whether what has this name was not written yet by this try of the thread's unit or one before it: whoever
        asks writes it now, for it must not be there twice."""
        return self.unit is None or self.unit.is_first(name)

    def decide(
        self,
        place: Place,
        conditions: Sequence[Condition],
        sets: Mapping[str, Value] | None = None,
        adds: Mapping[str, frozenset[str]] | None = None,
    ) -> bool:
        """Whether the conditions hold, and it is written; in a unit they are judged at its end, for the caller looked.
        What only `adds` may be done twice."""
        unit = self.unit
        nonce = (unit.nonce if unit is not None else new_nonce()) if sets else None
        decision = Decision(place=place, conditions=conditions, sets=sets or {}, adds=adds or {}, nonce=nonce)
        if unit is not None:
            unit.decide(decision)
            return True
        return self._decide(decision)

    def change(
        self,
        place: Place,
        condition: str,
        expression: Expression,
        *,
        sets: Mapping[str, Value] | None = None,
        adds: Mapping[str, frozenset[str] | int] | None = None,
        removes: Sequence[str] = (),
    ) -> tuple[bool, Item]:
        """Whether the condition, which is of the expression, held, and the item after that; else the one for which it
        did not hold, an empty one where there was none. At once. What it adds is added once, however often it is sent,
        unless another one wrote meanwhile."""
        self.refuse_units()
        nonce = new_nonce()
        update = expression.update({**(sets or {}), BY: nonce}, adds=adds, removes=removes)
        by = expression.name(BY)
        anothers = f"(attribute_not_exists({by}) OR {by} <> {expression.value(nonce)})"
        asked = {"ConditionExpression": f"({condition}) AND {anothers}", **update, **expression.parameters()}
        refused_by, item = self._answered("update_item", {**self.at(place), **asked, "ReturnValues": "ALL_NEW"})
        return refused_by is None or refused_by.get(BY) == nonce, item if refused_by is None else refused_by

    def replace(self, place: Place, item: Item, version: str, same: Sequence[str] = ()) -> Item:
        """Writes the whole item where there is none, or one of an older version, the number that this attribute has,
        which has the `same` attributes; what is there then. To do it twice is to do it once. At once."""
        expression = Expression()
        alike: list[Condition] = [(name, "=", item[name]) for name in same]
        replaced = expression.all_of([(version, "<", item[version]), *alike])
        condition = f"{expression.all_of([(PK, 'absent', None)])} OR ({replaced})"
        whole = {"TableName": self.name(place), "Item": calls.whole(place, item)}
        asked = {"ConditionExpression": condition, **expression.parameters()}
        refused_by = self._refused_by("put_item", {**whole, **asked})
        return item if refused_by is None else refused_by

    def write(
        self, place: Place, any_of: Sequence[Condition], sets: Mapping[str, Value], removes: Sequence[str] = ()
    ) -> None:
        """Writes where one of the conditions holds, or else nothing: to do it twice is to do it once. In a unit at its
        end, before what decides."""
        expression = Expression()
        update = expression.update(sets, removes=removes)
        self._write("update_item", place, expression, ConditionExpression=expression.any_of(any_of), **update)

    def forget(self, place: Place, conditions: Sequence[Condition]) -> None:
        """Deletes it where the conditions hold, or else does nothing. In a unit at its end, before what decides."""
        expression = Expression()
        self._write("delete_item", place, expression, ConditionExpression=expression.all_of(conditions))

    def _write(self, operation: str, place: Place, expression: Expression, **asked: str) -> None:
        if not calls.can_be(place):
            return  # nothing has such a key, so nothing hangs on it
        call = {**self.at(place), **asked, **expression.parameters()}
        if self.unit is not None:
            self.unit.writes.append((operation, call))
        else:
            self._where_it_holds(operation, call)

    def end(self, unit: Unit) -> bool:
        """Whether the unit held. What it added comes first: after a crash, who is void without a notice would never
        be told."""
        self._add(unit.added)
        for operation, asked in unit.writes:
            self._where_it_holds(operation, asked)
        decisions = list(unit.decisions.values())
        if len(decisions) > 1:
            return self._decide_together(decisions, unit.nonce)
        return not decisions or self._decide(decisions[0])

    def _add(self, items: Mapping[Place, Item]) -> None:
        if len(items) == 1:
            [(place, item)] = items.items()
            self.service("put_item", TableName=self.name(place), Item=calls.whole(place, item))
            return
        each = list(items.items())
        for start in range(0, len(each), MOST_WRITTEN):
            puts = calls.batch_of_puts(self._prefix, each[start : start + MOST_WRITTEN])
            for _ in self.service.until_all("batch_write_item", puts, "UnprocessedItems"):
                pass

    def _decide(self, decision: Decision) -> bool:
        """The nonce tells whether it was refused by its own lost attempt."""
        refused_by = self._refused_by("update_item", self._asked(decision))
        return refused_by is None or (decision.nonce is not None and refused_by.get(BY) == decision.nonce)

    def _decide_together(self, decisions: Sequence[Decision], nonce: str) -> bool:
        """In one transaction: what a key rotation writes hangs on who holds the run."""
        if len(decisions) > MOST_TOGETHER:
            raise RuntimeError(f"a unit decides {len(decisions)} times: a transaction holds {MOST_TOGETHER}")
        return self.transact([{"Update": self._asked(each)} for each in decisions], nonce)

    def transact(self, writes: Sequence[Mapping[str, Any]], nonce: str) -> bool:
        """Whether all conditions held, and all of it is written. The service knows a call that is sent again by its
        nonce."""
        try:
            self.service("transact_write_items", TransactItems=writes, ClientRequestToken=nonce)
        except ClientError as error:
            if error.response["Error"]["Code"] != CANCELLED:
                raise
            return False
        return True

    def _refused_by(self, operation: str, asked: Mapping[str, Any]) -> Item | None:
        """The item for which the condition did not hold, an empty one where there was none; None: it held."""
        return self._answered(operation, asked)[0]

    def _answered(self, operation: str, asked: Mapping[str, Any]) -> tuple[Item | None, Item]:
        """As `_refused_by`, and what the service tells of the item where it held."""
        try:
            answer = self.service(operation, **asked, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ClientError as error:
            if error.response["Error"]["Code"] != CONDITION_FAILED:
                raise
            return read(error.response.get("Item", {})), {}
        return None, read(answer.get("Attributes", {}))

    def _asked(self, decision: Decision) -> dict[str, Any]:
        expression = Expression()
        by = {BY: decision.nonce} if decision.nonce is not None else {}
        update = expression.update({**decision.sets, **by}, adds=decision.adds)
        condition = expression.all_of(decision.conditions)
        return {**self.at(decision.place), **update, "ConditionExpression": condition, **expression.parameters()}

    def _where_it_holds(self, operation: str, asked: Mapping[str, Any]) -> None:
        try:
            self.service(operation, **asked)
        except ClientError as error:
            if error.response["Error"]["Code"] != CONDITION_FAILED:
                raise

    def name(self, place: Place) -> str:
        return self._prefix + place[0]

    def at(self, place: Place) -> dict[str, Any]:
        return {"TableName": self.name(place), "Key": calls.key(place)}
