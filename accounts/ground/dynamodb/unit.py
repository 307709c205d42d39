"""What one unit leaves to its end."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from accounts.ground.dynamodb.items import Comparison, Item, Value

Condition = tuple[str, Comparison, Value | None]
Place = tuple[str, str, str]
"""Table, `pk` and `sk`; "" where the table has none."""
NONCE_BYTES = 12


def new_nonce() -> str:
    return secrets.token_hex(NONCE_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A write that is made where all conditions hold.

    `sets`: attributes and what they become; `adds`: sets of texts, and what is put into them. `nonce`: of the request,
    so that one that is refused by its own lost attempt has won; None where to write it twice is to write it once.
    """

    place: Place
    conditions: Sequence[Condition]
    sets: Mapping[str, Value] = field(default_factory=dict)
    adds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    nonce: str | None

    def made(self, item: Item) -> Item:
        """The item after it."""
        added = {name: _texts(item.get(name)) | texts for name, texts in self.adds.items()}
        return {**item, **self.sets, **added}

    def then(self, other: "Decision") -> "Decision":
        """Both as one, judged as this one is: what the other asks holds after this one."""
        adds = {name: _texts(self.adds.get(name)) | texts for name, texts in other.adds.items()}
        return replace(
            self,
            sets={**self.sets, **other.sets},
            adds={**self.adds, **adds},
            nonce=self.nonce or other.nonce,
        )


@dataclass(slots=True, kw_only=True)
class Unit:
    """`added`: what nobody can reach yet. `writes`: calls, by operation, that do no harm where the unit is lost after
    them, and none where they are made twice. `decisions`: what is written together or not at all."""

    written: frozenset[object] = frozenset()
    """Names of what earlier tries wrote and no other may write again."""
    names: set[object] = field(default_factory=set)
    """Of what this try writes so."""
    nonce: str = field(default_factory=new_nonce)
    """Of this try alone."""
    added: dict[Place, Item] = field(default_factory=dict)
    writes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    decisions: dict[Place, Decision] = field(default_factory=dict)

    def within(self) -> "Unit":
        """One that goes on from here, and may be given up alone."""
        return replace(
            self, names={*self.names}, added={**self.added}, writes=[*self.writes], decisions={**self.decisions}
        )

    def take(self, other: "Unit") -> None:
        """What a unit within this one wrote."""
        self.added, self.writes, self.decisions = other.added, other.writes, other.decisions
        self.names = other.names

    def again(self) -> "Unit":
        """For the next try, of a unit that lost: it wrote all but what decides."""
        return Unit(written=self.written | self.names)

    def is_first(self, name: object) -> bool:
        is_first = name not in self.written | self.names
        self.names.add(name)
        return is_first

    def add(self, place: Place, item: Item) -> None:
        self.added[place] = item

    def decide(self, decision: Decision) -> None:
        """Of what the unit itself added nobody else knows: it is added as it becomes."""
        place = decision.place
        if place in self.added:
            self.added[place] = decision.made(self.added[place])
        elif place in self.decisions:
            self.decisions[place] = self.decisions[place].then(decision)
        else:
            self.decisions[place] = decision

    def seen(self, place: Place, item: Item | None) -> Item | None:
        """The item as this unit will have it. `item`: as it is; None: there is none."""
        if place in self.added:
            return self.added[place]
        decision = self.decisions.get(place)
        return item if decision is None else decision.made(item or {})

    def of(self, table: str, pk: str, begins: str) -> Iterable[Place]:
        """Where this unit has what such a query finds."""
        places = (*self.added, *self.decisions)
        return [place for place in places if place[:2] == (table, pk) and place[2].startswith(begins)]


def _texts(value: Value | None) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
