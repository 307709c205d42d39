"""What one unit of a store without transactions leaves to its end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tokens.stores.memory.tables import Table

Place = tuple[int, Any]
"""A table, by its identity, and a key of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is to be `after`, on the condition that it still is what the unit saw. None: no row."""

    table: Table[Any, Any]
    key: Any
    before: Any
    after: Any

    def holds(self) -> bool:
        return self.table.get(self.key) is self.before

    def make(self) -> None:
        if self.after is None:
            del self.table[self.key]
        else:
            self.table[self.key] = self.after


@dataclass(slots=True)
class Unit:
    """Its writes, and the changes that decide: all of these or none, in one conditional write."""

    writes: list[Callable[[], None]] = field(default_factory=list)
    added: dict[Place, Any] = field(default_factory=dict)
    changes: dict[Place, Change] = field(default_factory=dict)
    written: set[object] = field(default_factory=set)
    """What no try of the unit writes again: one set for all of them."""

    def row(self, table: Table[Any, Any], key: Any) -> Any:
        """The row as this unit would have it."""
        place = (id(table), key)
        if place in self.changes:
            return self.changes[place].after
        return self.added.get(place, table.get(key))

    @contextmanager
    def begun(self) -> Iterator[None]:
        """A unit within this one: an exception takes back what it was to write, and no more."""
        held = list(self.writes), dict(self.added), dict(self.changes)
        try:
            yield
        except BaseException:
            self.writes, self.added, self.changes = held
            raise

    def make(self) -> None:
        for change in self.changes.values():
            change.make()

    def change(self, table: Table[Any, Any], key: Any, after: Any) -> None:
        """What this unit added itself nobody else can have changed."""
        place = (id(table), key)
        if place in self.added:
            self.added[place] = after
            self.writes.append(lambda: table.__setitem__(key, after))
            return
        before = self.changes[place].before if place in self.changes else table.get(key)
        self.changes[place] = Change(table, key, before, after)
