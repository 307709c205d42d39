"""What clients did and were told: one event a request, so that a checker can judge a whole run."""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import inf
from pathlib import Path
from threading import Lock


class Op(StrEnum):
    CONSUME = "consume"
    """Of a code or refresh token: it may work once, and gives tokens."""
    USE = "use"
    """Of an access or refresh token, which it changes nothing of."""
    REVOKE = "revoke"
    """Of everything of a family, by any act."""
    LOGIN = "login"
    """It gives a session or a code, which is a key and a family of its own."""
    ASK = "ask"
    """For what belongs to nobody: metadata, health."""


class Outcome(StrEnum):
    OK = "ok"
    REFUSED = "refused"
    """The server judged it: a 4xx, or an inactive token."""
    UNAVAILABLE = "unavailable"
    """A proper 503: it may have been done or not."""
    UNKNOWN = "unknown"
    """No answer: it may have been done or not."""
    BROKEN = "broken"
    """Any other 5xx, or an answer of no known shape."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that a client was given: it is good `until` then at the least, and `over` by then, on the clock of the
    events."""

    key: str
    until: float = inf
    over: float = inf


@dataclass(frozen=True, slots=True)
class Event:
    """`start` and `end` are seconds of the monotonic clock; `successor` is what a consumed key was exchanged for."""

    op: Op
    key: str
    family: str
    start: float
    end: float
    outcome: Outcome
    successor: str = ""
    issued: tuple[Issued, ...] = ()
    place: str = ""
    status: int | None = None


@dataclass(slots=True)
class History:
    """Appended to by any thread."""

    events: list[Event] = field(default_factory=list)
    _families: dict[str, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, event: Event) -> None:
        with self._lock:
            self.events.append(event)
            self._families.update((each.key, event.family) for each in event.issued)

    def family(self, key: str) -> str:
        """The code at the root of a key; a key that nothing issued is a root itself."""
        return self._families.get(key, key)

    def since(self, instant: float) -> Iterator[Event]:
        """Those that ended after it."""
        return (event for event in list(self.events) if event.end > instant)

    @contextmanager
    def act(self, op: Op, families: Iterable[str]) -> Iterator[None]:
        """An act that is no request of a client's: of an administrator, say. It counts as done if nothing is raised."""
        start = time.monotonic()
        yield
        end = time.monotonic()
        for family in families:
            self.add(Event(op, family, family, start, end, Outcome.OK))


def key_of(token: str) -> str:
    """How a history names a token: nobody can use what it says."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def write(path: Path, events: Iterable[Event], **more: object) -> None:
    """Appends JSON lines, each with `more`."""
    with path.open("a") as file:
        for event in events:
            file.write(json.dumps({**more, **asdict(event)}) + "\n")
