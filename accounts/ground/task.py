"""A scheduled task, as each application declares its own; `tokens.work.schedule` joins and performs them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

KEPT = timedelta(days=14)
"""How long a run is remembered, at most."""
KEPT_INTERVALS = 20_000
"""How many intervals long a run is remembered, at most."""

GoOn = Callable[[], bool]
"""Holds the lease of the run; whether the work may go on. To be called before each step."""


@dataclass(frozen=True, slots=True)
class Task:
    interval: int
    """Seconds from one run to the next."""
    work: Callable[[GoOn], Mapping[str, int]]
    """Does what is due, and says how much it did of each kind."""

    @property
    def dispatch(self) -> float:
        """Seconds after which it is worth asking again: so that no interval is missed for a moment's delay."""
        return self.interval / 2

    @property
    def kept(self) -> timedelta:
        return min(KEPT, timedelta(seconds=KEPT_INTERVALS * self.interval))
