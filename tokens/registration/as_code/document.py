"""What a document declares: `clients` by their ids and `resources` by their identifiers, with the names of their
members. What it does not say is as the client's kind has it, or as a resource has it where nobody says anything."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args, get_type_hints

from django.core.exceptions import ValidationError

from tokens.protocol import member_types
from tokens.protocol.client_metadata import MEMBERS
from tokens.protocol.member_types import shown
from tokens.protocol.records import Resource
from tokens.registration.kinds import KINDS

FIXED_BY_KEY = {"identifier", "updated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredClient:
    kind: str
    document: Mapping[str, Any]
    """Its members as RFC 7591 §2 has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredResource:
    resource: Resource
    owners: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """None: the document has no such part, and says nothing of what is in it."""

    clients: Mapping[str, DeclaredClient] | None
    resources: Mapping[str, DeclaredResource] | None


Faults = dict[str, list[str]]


def read(document: Mapping[str, Any]) -> Declared:
    """Raises ValidationError with all faults, each by its place."""
    faults: Faults = {}
    for name in sorted(document.keys() - {"clients", "resources"}):
        faults[shown(name)] = ["is neither clients nor resources"]
    declared = Declared(
        clients=_part(document, "clients", _client, faults), resources=_part(document, "resources", _resource, faults)
    )
    if faults:
        raise ValidationError(faults)
    return declared


def _part(document: Mapping[str, Any], name: str, read_one: Callable[[str, Any], Any], faults: Faults) -> Any:
    if name not in document:
        return None
    if not isinstance(document[name], dict):
        faults[name] = ["is not a table of them by their ids"]
        return None
    declared = {}
    for key, value in document[name].items():
        try:
            declared[key] = read_one(key, value)
        except ValueError as error:
            faults[f"{name}.{shown(key)}"] = list(error.args)
    return declared


def _client(client_id: str, value: Any) -> DeclaredClient:
    members = _table(value)
    kind = members.pop("kind", None)
    unknown = [f"{shown(name)} is not a member of a client" for name in members if name not in MEMBERS]
    if not isinstance(kind, str) or kind not in KINDS:
        unknown.append(f"kind is not one of {', '.join(KINDS)}")
    if unknown:
        raise ValueError(*unknown)
    return DeclaredClient(kind=kind, document={name: _as_json(name, value) for name, value in members.items()})


def _as_json(name: str, value: Any) -> Any:
    """A scope may be a list, which is easier to read and to compare."""
    if isinstance(MEMBERS[name].type, member_types.Scope) and isinstance(value, list):
        return " ".join(map(str, value))
    return value


def _resource(identifier: str, value: Any) -> DeclaredResource:
    members = _table(value)
    owners = _texts("owners", members.pop("owners", []))
    if faults := list(_resource_faults(members)):
        raise ValueError(*faults)
    values = {name: READ[_kind(name)](name, member) for name, member in members.items()}
    resource = Resource(**{"scope": (), **values}, identifier=identifier)
    return DeclaredResource(resource=resource, owners=frozenset(owners))


def _resource_faults(members: Mapping[str, Any]) -> Iterator[str]:
    for name, value in members.items():
        if name not in RESOURCE_MEMBERS:
            yield f"{shown(name)} is not a member of a resource"
            continue
        try:
            READ[_kind(name)](name, value)
        except ValueError as error:
            yield str(error)


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("is not a table of members")
    return dict(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is not true or false")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    """One text with spaces between will do, as a scope has it (RFC 6749 §3.3)."""
    texts = value.split() if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{name} is not a list of texts")
    return tuple(dict.fromkeys(texts))


READ: Mapping[type, Callable[[str, Any], Any]] = {str: _text, bool: _flag, tuple: _texts}
"""How a member of a resource is read, by its type in the record."""
HINTS = get_type_hints(Resource)
RESOURCE_MEMBERS = tuple(field.name for field in fields(Resource) if field.name not in FIXED_BY_KEY)


def _kind(name: str) -> type:
    hint = HINTS[name]
    if hint in READ:
        return hint  # type: ignore[no-any-return]  # a key of READ is a type
    return tuple if get_args(hint)[-1:] == (...,) else str
