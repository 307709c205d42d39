"""Rows in one process's memory."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

Name = TypeVar("Name")
Row = TypeVar("Row")


class Expiring(Protocol):
    @property
    def expires(self) -> datetime: ...


Alive = TypeVar("Alive", bound=Expiring)


class Table(dict[Name, Row]):
    """Rows by their names, most of them keys. Remembers when each was added."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self.added: dict[Name, datetime] = {}

    def __setitem__(self, name: Name, row: Row) -> None:
        self.added.setdefault(name, self._clock())
        super().__setitem__(name, row)

    def add(self, name: Name, row: Row) -> None:
        """One that is there already stays."""
        if name not in self:
            self[name] = row


def alive(row: Alive | None, now: datetime) -> Alive | None:
    return row if row is not None and row.expires > now else None
