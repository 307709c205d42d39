"""Records as JSON, and back: name by name, from the types of a record's fields.

What a node of the version before or after this one wrote is read too: a member that is not there has its default, one
that is not known is passed over.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
Read = Callable[[Any], Any]


def to_json(record: Any) -> dict[str, Any]:
    """The record's fields, as values that JSON has."""
    return {field.name: plain(getattr(record, field.name)) for field in fields(record)}


def from_json(kind: type[Record], value: Mapping[str, Any]) -> Record:
    """The record that `to_json` wrote."""
    return kind(**{name: read(value[name]) for name, read in _readers(cast(Hashable, kind)) if name in value})


def plain(value: Any) -> Any:
    """One value, as JSON has it: an instant in ISO 8601, a tuple as a list, a record as an object."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return to_json(value) if is_dataclass(value) else value


@cache
def _readers(kind: Any) -> tuple[tuple[str, Read], ...]:
    return tuple((name, reader(hint)) for name, hint in get_type_hints(kind).items())


def reader(hint: Any) -> Read:
    """What reads a value of this type back. None is None for every type."""
    read = _reader(_without_none(hint))
    return lambda value: None if value is None else read(value)


def _reader(hint: Any) -> Read:
    if get_origin(hint) is tuple:
        return tuple
    if hint is datetime:
        return datetime.fromisoformat
    return partial(from_json, hint) if isinstance(hint, type) and is_dataclass(hint) else _same


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    (rest,) = (each for each in get_args(hint) if each is not NoneType)
    return rest


def _same(value: Any) -> Any:
    return value
