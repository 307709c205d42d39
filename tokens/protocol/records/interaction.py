"""An authorization request that waits for a person, and what they did for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tokens.protocol.handles import Key

UNBOUND = Key("unbound")
"""Placeholder for the browser of an interaction that arrived by a cross-site POST and that no browser has opened. No
real key has this value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step of an interaction that is behind it."""

    kind: str
    """What was done: `protocol.interaction` has a function for each."""
    whose: str
    """By which session, or for which person."""
    at: datetime | None = None
    """When, where another time would be another step."""
    what: str | None = None
    """To what, where the same to something else would be another step."""

    def as_text(self) -> str:
        """JSON. The text of one step is never found within that of another: a quote inside has a backslash."""
        named = {"kind": self.kind, "whose": self.whose, "what": self.what}
        at = self.at.isoformat() if self.at is not None else None
        return json.dumps({name: value for name, value in {**named, "at": at}.items() if value is not None})

    @classmethod
    def from_text(cls, text: str) -> "Done":
        """Member by member: a step may come from a node of the version before or after this one. Raises ValueError and
        KeyError for what `as_text` did not write."""
        value = json.loads(text)
        at = value.get("at")
        return cls(
            kind=value["kind"],
            whose=value["whose"],
            at=datetime.fromisoformat(at) if at is not None else None,
            what=value.get("what"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """An authorization request that waits for a person. Pages carry its id and nothing else."""

    key: Key
    browser: Key
    """Whose browser began it, or was the first to open an UNBOUND one: nobody else's can go on with it."""
    parameters: Mapping[str, str]
    created: datetime
    expires: datetime
    steps: frozenset[Done] = frozenset()
