"""Transactions of SQL within units of this store: what is registered is written there.

One begins with the first verb of a unit that writes there, so that a unit without such a verb asks no database, and it
ends with the unit. What else the unit writes is written at once: the journal, before it is committed.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import local

from django.db import transaction


@dataclass(slots=True)
class _Unit:
    begun: bool = False
    stack: ExitStack = field(default_factory=ExitStack)

    def begin(self) -> None:
        if not self.begun:
            self.stack.enter_context(transaction.atomic())
            self.begun = True


class InSql:
    """The units that each thread is in."""

    def __init__(self) -> None:
        self._threads = local()

    @contextmanager
    def unit(self) -> Iterator[None]:
        unit, units = _Unit(), self._units
        units.append(unit)
        try:
            with unit.stack:
                yield
        finally:
            units.pop()

    def transaction(self) -> AbstractContextManager[None]:
        """That of each unit of this thread is begun, and one of the caller's own within them."""
        for unit in self._units:
            unit.begin()
        return transaction.atomic()

    @property
    def _units(self) -> list[_Unit]:
        units: list[_Unit] = self._threads.__dict__.setdefault("units", [])
        return units
