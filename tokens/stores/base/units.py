"""How verbs are held together."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

Answer = TypeVar("Answer")


class Units(Protocol):
    def unit(self) -> AbstractContextManager[None]:
        """All or nothing where the store has transactions. Where it has none each verb is written at once: what has to
        come first comes first."""

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        """What `work` answers, all of it written or nothing; an exception writes nothing.

        Where the store has no transactions the unit decides at its end. A consuming verb then only looks, and what is
        added waits too; at the end comes first what was added, last the one conditional write that decides. `work` runs
        once more from the start where it lost to another, or where a database took it back to end a deadlock: it must
        do nothing but call the store. What is registered, claimed, finished, sent or swept is written at once: a store
        without transactions refuses such a verb here by RuntimeError."""
