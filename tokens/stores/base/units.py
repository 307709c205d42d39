"""How verbs are held together."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

Answer = TypeVar("Answer")


class Units(Protocol):
    def unit(self) -> AbstractContextManager[None]:
        """All or nothing where the store has transactions. Where it has none the consuming verb comes first all the
        same, so that a crash can lose an answer but never give two."""

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        """What `work` answers, in a unit; once more from the start where the store took the first one back whole for
        the sake of others, as databases do to end a deadlock. So it must do nothing but call the store."""
