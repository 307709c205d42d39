"""Rows in one process's memory."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

Key = TypeVar("Key")
Row = TypeVar("Row")


class Expiring(Protocol):
    @property
    def expires(self) -> datetime: ...


Alive = TypeVar("Alive", bound=Expiring)


class Table(dict[Key, Row]):
    """Rows by their keys. Remembers when each was added."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self.added: dict[Key, datetime] = {}

    def __setitem__(self, key: Key, row: Row) -> None:
        self.added.setdefault(key, self._clock())
        super().__setitem__(key, row)


def alive(row: Alive | None, now: datetime) -> Alive | None:
    return row if row is not None and row.expires > now else None
