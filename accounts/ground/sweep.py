"""A walk over rows that ended, in the order of their ends, which deletes them batch by batch.

A row that was deleted lies in the index until no snapshot sees it any more: all through a nightly dump, say. Who begins
each batch at the beginning looks at all of them again and again. So each batch begins where the one before it ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a batch deleted. `last`: the latest end among it; None where there was nothing."""

    deleted: int
    last: datetime | None


DeleteEnded = Callable[[int, datetime | None], Ended]
"""Deletes up to so many rows, the earliest ends first, of those that ended at the instant or after it; None: of all."""
WIDEST = 16
"""How many batches in one there are at most, where many rows have one end."""


@dataclass(slots=True)
class Sweep:
    delete: DeleteEnded
    after: datetime | None = None
    """The latest end that was deleted; None: the walk is at the beginning."""
    deleted: int = 0
    width: int = 1

    def step(self, batch: int) -> bool:
        """Deletes a batch; whether there may be more.

        Rows of one end cannot be told apart by it: those that were deleted are looked at again. So the batches grow
        until they are past them.
        """
        limit = batch * self.width
        ended = self.delete(limit, self.after)
        again = ended.last is not None and ended.last == self.after
        self.width = min(2 * self.width, WIDEST) if again else 1
        self.after = ended.last or self.after
        self.deleted += ended.deleted
        return ended.deleted >= limit
