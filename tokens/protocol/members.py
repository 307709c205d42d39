"""Members of metadata (RFC 7591 §2) as a table that everything else follows.

A record declares a member in one line, `name: Annotated[type, Seconds(most=…), PEOPLE] = default`, and `members_of`
reads the table. What is between JSON and a form, a command line or a column, is decided there, by the same types.
"""

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from tokens.protocol.member_types import Type


class Mark(Enum):
    """What else a member's line says."""

    PEOPLE = "of clients where people sign in"
    CONFIDENTIAL = "of clients that authenticate"
    FIXED = "set when the client is made, and never changed"


PEOPLE, CONFIDENTIAL, FIXED = Mark


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    type: Type
    default: Any
    """`dataclasses.MISSING` where every client has to say it."""
    marks: frozenset[Mark]

    @property
    def is_required(self) -> bool:
        return self.default is dataclasses.MISSING


def members_of(record: type) -> dict[str, Member]:
    """The members of a dataclass of metadata by name, in the order they are declared."""
    hints = typing.get_type_hints(record, include_extras=True)
    annotated = {name: hint.__metadata__ for name, hint in hints.items() if typing.get_origin(hint) is Annotated}
    defaults = {field.name: field.default for field in dataclasses.fields(record)}
    return {name: Member(name, kind, defaults[name], frozenset(marks)) for name, (kind, *marks) in annotated.items()}


class Unreadable(ValueError):
    """A document has members that cannot be read; `faults` has a sentence for each of them."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name} {fault}" for name, fault in faults.items()))
        self.faults = faults


def read(members: Mapping[str, Member], document: Mapping[str, Any]) -> dict[str, Any]:
    """The record's values for those members that the JSON object has; null is the default, and what is no member is
    passed over (RFC 7591 §2). Raises Unreadable."""
    values, faults = {}, {}
    for name in (name for name in members if name in document):
        try:
            values[name] = _read(members[name], document[name])
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise Unreadable(faults)
    return values


def load(members: Mapping[str, Member], document: Mapping[str, Any]) -> dict[str, Any]:
    """The record's values for what `write` made, by this version or a neighbour: nothing is judged again, a member that
    is not there has its default, and what is no member is passed over."""
    values = {}
    for name, member in members.items():
        if name in document:
            value, convert = document[name], member.type.load
            values[name] = value if value is None or convert is None else convert(value)
    return values


def write(members: Mapping[str, Member], record: Any) -> dict[str, Any]:
    """The members of the record as a JSON object."""
    return {name: member.type.write(getattr(record, name)) for name, member in members.items()}


def _read(member: Member, value: Any) -> Any:
    if value is not None:
        return member.type.read(value)
    if member.is_required:
        raise ValueError("is missing")
    return member.default
