"""What all parts of a store in memory share: the tables, the clock, the one lock, and the unit of each thread."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from threading import Lock, local
from typing import Any, TypeVar

from tokens.protocol.handles import Key
from tokens.protocol.records import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    Consent,
    Interaction,
    LogoutDelivery,
    RefreshToken,
    Resource,
    Run,
    RunLease,
    SigningKey,
)
from tokens.stores.memory.tables import Table
from tokens.stores.memory.unit import Unit

Name = TypeVar("Name")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Assertion:
    expires: datetime


@dataclass(frozen=True, slots=True)
class Revocation:
    """`until` is None where it is for ever."""

    until: datetime | None
    expires: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """A scheduled task. `until` is None while nobody does it."""

    epoch: int = 0
    slot: int = -1
    until: datetime | None = None
    succeeded: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Recheck:
    """An ended session to be looked at again. `sid` is None where all sessions of the subject ended."""

    sid: str | None
    subject: str
    ended_at: datetime
    due: datetime


RING = "ring"
"""The key of the one row that holds all signing keys: what is to be true of all of them is one condition on it."""


class State:
    """Every verb holds the lock, and waits for nothing while it does."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.lock = Lock()
        self.clock = clock
        self._threads = local()
        self._ids = count(1)
        self.clients: dict[str, Client] = {}
        self.logos: dict[str, bytes] = {}
        self.resources: dict[str, Resource] = {}
        self.rings: Table[str, Mapping[str, SigningKey]] = Table(clock)
        self.leases: Table[str, Lease] = Table(clock)
        self.codes: Table[Key, AuthorizationCode] = Table(clock)
        self.interactions: Table[Key, Interaction] = Table(clock)
        self.assertions: Table[tuple[str, str], Assertion] = Table(clock)
        self.access_tokens: Table[Key, AccessToken] = Table(clock)
        self.refresh_tokens: Table[Key, RefreshToken] = Table(clock)
        self.consents: Table[tuple[str, str], Consent] = Table(clock)
        self.authorizations: Table[str, Authorization] = Table(clock)
        self.revocations: Table[str, Revocation] = Table(clock)
        self.deliveries: Table[str, LogoutDelivery] = Table(clock)
        self.runs: Table[RunLease, Run] = Table(clock)
        self.rechecks: list[Recheck] = []
        self.tables: Mapping[str, Table[Any, Any]] = {
            "run": self.runs,
            "authorization_code": self.codes,
            "interaction": self.interactions,
            "client_assertion": self.assertions,
            "access_token": self.access_tokens,
            "refresh_token": self.refresh_tokens,
            "consent": self.consents,
            "authorization": self.authorizations,
            "revocation": self.revocations,
            "logout_delivery": self.deliveries,
        }

    # What follows is for a caller who holds the lock.

    def row(self, table: Table[Name, Row], name: Name) -> Row | None:
        """The row as it is, or as the unit of this thread would have it."""
        unit = self.unit
        row: Row | None = table.get(name) if unit is None else unit.row(table, name)
        return row

    def add(self, table: Table[Name, Row], name: Name, row: Row) -> None:
        """Adds a row. One that is there already stays: nobody else knew its key, so it is the same."""
        if self.unit is not None:
            self.unit.added[id(table), name] = row
        self.write(lambda: table.add(name, row))

    def put(self, table: Table[Name, Row], name: Name, row: Row) -> None:
        """As `add`, but the last one stays: of an authorization that a crash left the family was never given out."""
        if self.unit is not None:
            self.unit.added[id(table), name] = row
        self.write(lambda: table.__setitem__(name, row))

    def write(self, write: Callable[[], None]) -> None:
        """Writes now or, in a unit, at its end. Nothing hangs on when: to write it twice is to write it once."""
        if self.unit is None:
            write()
        else:
            self.unit.writes.append(write)

    def write_once(self, name: object, write: Callable[[], None]) -> None:
        """As `write`, for what would be there twice: of all tries of a unit the first to reach it writes it."""
        written = set[object]() if self.unit is None else self.unit.written

        def write_first() -> None:
            if name not in written:
                written.add(name)
                write()

        self.write(write_first)

    def change(self, table: Table[Name, Row], name: Name, after: Row | None) -> None:
        """Writes the row that the caller made of the one that `row` answered; None deletes it. In a unit it is left to
        the end and decides there: it is written if the row is still the same."""
        unit = self.unit or Unit()
        unit.change(table, name, after)
        if self.unit is None:
            unit.changes[id(table), name].make()

    def void(self, keys: Iterable[str], root_at: datetime) -> bool:
        """Whether one of the journal's keys is void for a sign-in at `root_at`."""
        entries = (self.revocations.get(key) for key in keys)
        return any(entry is not None and (entry.until is None or entry.until >= root_at) for entry in entries)

    def next_id(self) -> str:
        return str(next(self._ids))

    def after(self, version: datetime) -> datetime:
        """Now, and in any case after `version`."""
        return max(self.clock(), version + timedelta(microseconds=1))

    # Units

    @property
    def unit(self) -> Unit | None:
        """The unit that this thread is in."""
        unit: Unit | None = getattr(self._threads, "unit", None)
        return unit

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Holds the lock, for a verb that is written at once. RuntimeError in a unit, which could not take it back."""
        if self.unit is not None:
            raise RuntimeError("this verb is written at once: a unit of a store without transactions cannot hold it")
        with self.lock:
            yield

    @contextmanager
    def begun(self, unit: Unit) -> Iterator[None]:
        """This thread is in the unit meanwhile."""
        self._threads.unit = unit
        try:
            yield
        finally:
            self._threads.unit = None
