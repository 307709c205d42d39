"""Several writes that are made at once or not at all, by no unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from accounts.ground.dynamodb import calls
from accounts.ground.dynamodb.items import Expression, Item, Value
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.unit import Condition, Place, new_nonce


class Write(Protocol):
    def asked(self, state: State) -> dict[str, Any]:
        """As an element of the transaction."""


@dataclass(frozen=True, slots=True)
class Put:
    """The whole item."""

    place: Place
    item: Item
    conditions: Sequence[Condition] = ()

    def asked(self, state: State) -> dict[str, Any]:
        item = {"TableName": state.name(self.place), "Item": calls.whole(self.place, self.item)}
        return {"Put": {**item, **_where(self.conditions, Expression())}}


@dataclass(frozen=True, slots=True)
class Update:
    """Attributes of an item."""

    place: Place
    conditions: Sequence[Condition]
    sets: Mapping[str, Value]
    removes: Sequence[str] = ()

    def asked(self, state: State) -> dict[str, Any]:
        expression = Expression()
        update = expression.update(self.sets, removes=self.removes)
        return {"Update": {**state.at(self.place), **update, **_where(self.conditions, expression)}}


@dataclass(frozen=True, slots=True)
class Delete:
    place: Place

    def asked(self, state: State) -> dict[str, Any]:
        return {"Delete": state.at(self.place)}


def together(state: State, *writes: Write) -> bool:
    """Whether all conditions held, and all of it is written: never to the same item twice."""
    state.refuse_units()
    return state.transact([write.asked(state) for write in writes], new_nonce())


def _where(conditions: Sequence[Condition], expression: Expression) -> dict[str, Any]:
    condition = {"ConditionExpression": expression.all_of(conditions)} if conditions else {}
    return {**condition, **expression.parameters()}
