"""Items as the service wants them, and the conditions under which one is written."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from accounts.ground.dynamodb.tables import TTL

EXPIRES = "expires"
Value = str | int | bool | frozenset[str]
Item = Mapping[str, Value]
"""Attributes by name. What is None is left out."""
Comparison = Literal["=", "<", "<=", ">", "absent", "there"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def digest(text: str) -> str:
    """43 letters for a text of any length and any letters, half a surrogate pair too, which no key may hold."""
    hashed = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def micros(instant: datetime) -> int:
    """Microseconds since 1970: an instant as a number, exactly."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(number: int) -> datetime:
    return EPOCH + timedelta(microseconds=number)


def ttl(end: datetime) -> int:
    """Whole seconds since 1970, as time to live counts, never before the end."""
    return -(-micros(end) // 1_000_000)


def ending(ends: datetime, kept: int) -> Mapping[str, Value]:
    """`expires`, in microseconds, is judged; time to live takes away what is over, `kept` seconds later."""
    return {EXPIRES: micros(ends), TTL: ttl(ends) + kept}


def written(item: Mapping[str, Value | None]) -> dict[str, dict[str, Any]]:
    return {name: _written(value) for name, value in item.items() if value is not None}


def read(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Value]:
    return {name: _read(value) for name, value in item.items()}


def number(item: Item, name: str) -> int:
    """An attribute that is one."""
    value = item[name]
    assert isinstance(value, int)  # noqa: S101 as we write it
    return value


def _written(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"S": value} if isinstance(value, str) else {"SS": sorted(value)}


def _read(value: Mapping[str, Any]) -> Value:
    ((kind, told),) = value.items()
    if kind == "N":
        return int(told)
    return frozenset(told) if kind == "SS" else told


@dataclass(slots=True)
class Expression:
    """The names and values of one request's expressions, each under a placeholder of its own."""

    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def name(self, attribute: str) -> str:
        return self.names.setdefault(attribute, f"#{len(self.names)}")

    def value(self, value: Value) -> str:
        placeholder = f":{len(self.values)}"
        self.values[placeholder] = _written(value)
        return placeholder

    def all_of(self, conditions: Iterable[tuple[str, Comparison, Value | None]]) -> str:
        return " AND ".join(self._one(*condition) for condition in conditions)

    def any_of(self, conditions: Iterable[tuple[str, Comparison, Value | None]]) -> str:
        return " OR ".join(self._one(*condition) for condition in conditions)

    def update(
        self,
        sets: Mapping[str, Value],
        *,
        adds: Mapping[str, frozenset[str] | int] | None = None,
        removes: Iterable[str] = (),
    ) -> dict[str, str]:
        """As a parameter of its own: attributes that are set, sets of texts that grow and numbers that are added to,
        attributes that go."""
        clauses = {
            "SET": [f"{self.name(name)} = {self.value(value)}" for name, value in sets.items()],
            "ADD": [f"{self.name(name)} {self.value(added)}" for name, added in (adds or {}).items()],
            "REMOVE": [self.name(name) for name in removes],
        }
        said = [f"{verb} {', '.join(each)}" for verb, each in clauses.items() if each]
        return {"UpdateExpression": " ".join(said)}

    def _one(self, attribute: str, comparison: Comparison, value: Value | None) -> str:
        name = self.name(attribute)
        if comparison in ("absent", "there"):
            return f"attribute_{'not_' if comparison == 'absent' else ''}exists({name})"
        assert value is not None  # noqa: S101 of what has a value
        return f"{name} {comparison} {self.value(value)}"

    def parameters(self) -> dict[str, Any]:
        names = {"ExpressionAttributeNames": {placeholder: name for name, placeholder in self.names.items()}}
        return {**(names if self.names else {}), **({"ExpressionAttributeValues": self.values} if self.values else {})}
