"""Records as rows, and back: by the names that both share, from the types of the record's fields.

A record and a model of the same name have the same names; what a column says otherwise the caller gives by keyword.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast, get_type_hints
from uuid import UUID

from django.db.models import Field, JSONField, Model, TextField, UUIDField

from tokens.protocol.records import codec

Row = TypeVar("Row", bound=Model)
Record = TypeVar("Record")
Answer = TypeVar("Answer")
Convert = Callable[[Any], Any] | None
"""None where the record and the row have the same value."""


def only(rows: Iterable[Answer]) -> Answer | None:
    """What a look for one row answers, if there is one."""
    return next(iter(rows), None)


def row_of(model: type[Row], record: Any, **columns: Any) -> Row:
    """A new row of what the record says, with these columns replaced or added."""
    shared = _shared(model, cast(Hashable, type(record)))
    said = {
        name: getattr(record, name) if write is None else write(getattr(record, name))
        for name, write, _ in shared
        if name not in columns
    }
    return model(**said, **columns)


def record_of(kind: type[Record], row: Model, **values: Any) -> Record:
    """The record of what the row says, with these fields replaced or added."""
    said = {
        name: getattr(row, name) if read is None else read(getattr(row, name))
        for name, _, read in _shared(getattr(row, "model", type(row)), cast(Hashable, kind))
        if name not in values
    }
    return kind(**said, **values)


@cache
def _shared(model: type[Model], kind: Any) -> tuple[tuple[str, Convert, Convert], ...]:
    """The names of a record that are columns too, each with how it is written and read."""
    columns = {field.attname: field for field in model._meta.concrete_fields}
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind) if field.name in columns]
    return tuple((name, *_conversions(columns[name], hints[name])) for name in names)


def _conversions(column: "Field[Any, Any]", hint: Any) -> tuple[Convert, Convert]:
    if isinstance(column, JSONField):
        return codec.plain, codec.reader(hint)
    if isinstance(column, UUIDField):
        return UUID, str
    if isinstance(column, TextField) and hint == tuple[str, ...]:
        return " ".join, _words
    return None, None


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())
