"""Statements whose text never changes, compiled by Django once a process and not once a call.

A statement is built with marks in place of its parameters, values that nothing else would be. Where a mark comes out
among the values of the text, there goes the parameter. Built a second time with other marks it must say the same: what
a statement reckons from a parameter (an instant an hour before) would else be kept as if it never changed.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.ground.sql.answers import Read
from accounts.ground.sql.sql import Sql

MOST = 16
"""Elements of a collection, for each number of which a statement is kept; with more, or none, it is built anew."""
Prepare = Callable[[Any], Any] | None
"""None where the driver takes the value as it is."""
Build = Callable[..., Any]
Compile = Callable[[Any], Sql]

_MARKS: Mapping[type, Callable[[int], Any]] = {
    str: lambda number: f"the mark {number} of a parameter",
    datetime: lambda number: datetime(1901, 2, 3, tzinfo=UTC) + timedelta(seconds=number, microseconds=number),
    UUID: lambda number: UUID(int=(0xA70C << 64) + number),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value of the text comes from."""

    parameter: int
    element: int | None
    """None for the whole parameter."""
    prepare: Prepare


@dataclass(frozen=True, slots=True)
class Plan:
    text: str
    values: tuple[Any, ...]
    """Those that never change, with None where a parameter goes."""
    places: tuple[tuple[int, Place], ...]
    """The index of a value → where it comes from."""
    read: Read | None

    def __call__(self, parameters: Sequence[Any]) -> Sql:
        values = list(self.values)
        for index, place in self.places:
            value = parameters[place.parameter]
            value = value if place.element is None else value[place.element]
            values[index] = value if place.prepare is None else place.prepare(value)
        return Sql(self.text, values, self.read)


@dataclass(frozen=True, slots=True)
class Once:
    """A statement of a database, compiled at its first call."""

    name: str
    build: Build
    compile: Compile
    plans: dict[Hashable, Plan]

    def __call__(self, parameters: Sequence[Any]) -> Sql:
        given = [value if isinstance(value, str | datetime | UUID) else list(value) for value in parameters]
        shape = (connection.display_name, *(len(value) if type(value) is list else None for value in given))
        plan = self.plans.get(shape)
        if plan is None:
            if any(type(value) is list and not 0 < len(value) <= MOST for value in given):
                return self.compile(self.build(*parameters))
            plan = self.plans[shape] = self._planned(given)
        return plan(given)

    def _planned(self, given: Sequence[Any]) -> Plan:
        first, second = (self._marked(given, start) for start in (1, 1001))
        if first.text != second.text or first.values != second.values or first.places != second.places:
            raise TypeError(f"{self.name}: what it says of a parameter is not the parameter itself")
        return first

    def _marked(self, given: Sequence[Any], start: int) -> Plan:
        marks = list(_marks(given, start))
        compiled = self.compile(self.build(*marks))
        sources = dict(_sources(marks))
        found = [(index, sources.get(_key(value))) for index, value in enumerate(compiled.values)]
        places = tuple((index, place) for index, place in found if place is not None)
        values = tuple(
            None if place is not None else value for value, (_, place) in zip(compiled.values, found, strict=True)
        )
        if {place.parameter for _, place in places} != set(range(len(given))):
            raise TypeError(f"{self.name}: a parameter is not among its values")
        return Plan(compiled.text, values, places, compiled.read)


def _marks(given: Sequence[Any], start: int) -> Iterator[Any]:
    for index, value in enumerate(given):
        number = start + index * (MOST + 1)
        if isinstance(value, list):
            yield [_mark(each, number + 1 + place) for place, each in enumerate(value)]
        else:
            yield _mark(value, number)


def _mark(value: Any, number: int) -> Any:
    return next(mark(number) for kind, mark in _MARKS.items() if isinstance(value, kind))


def _sources(marks: Sequence[Any]) -> Iterator[tuple[Hashable, Place]]:
    """What a parameter may come out as → where it comes from."""
    for parameter, mark in enumerate(marks):
        if isinstance(mark, list):
            yield _key(mark), Place(parameter, None, None)
            for element, each in enumerate(mark):
                yield from _as_it_comes(each, parameter, element)
        else:
            yield from _as_it_comes(mark, parameter, None)


def _as_it_comes(mark: Any, parameter: int, element: int | None) -> Iterator[tuple[Hashable, Place]]:
    for kind, prepare in _PREPARED.items():
        if isinstance(mark, kind):
            yield _key(prepare(mark)), Place(parameter, element, prepare)
    yield _key(mark), Place(parameter, element, None)


def _instant(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def _digits(value: UUID) -> str:
    return value.hex


_PREPARED: Mapping[type, Callable[[Any], Any]] = {datetime: _instant, UUID: _digits}
"""What a database that lacks the type is given."""


def _key(value: Any) -> Hashable:
    return (type(value), tuple(value) if isinstance(value, Collection) and not isinstance(value, str) else value)
