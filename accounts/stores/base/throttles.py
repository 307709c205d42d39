"""Failures that are counted before they are known to be failures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many failures are let through, and how fast."""

    failures: int
    """So many at the most, until they are forgotten."""
    kept: timedelta
    """They are forgotten when so long nobody was let through; in a window, so long after the first."""
    window: bool = False
    waits: tuple[tuple[int, timedelta], ...] = ()
    """After so many failures, two or more, the next one is let through only after so long. Both rise."""

    def wait(self, failures: int) -> timedelta:
        """How long the next one waits after so many."""
        return next((wait for after, wait in reversed(self.waits) if failures >= after), timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Failures of one kind. `key`: a digest, unique among all. `account`: the digest of the account that they are
    failures at, always the same for a key; empty where there is none."""

    key: str
    limit: Limit
    account: str = ""

    def wait(self, failures: int, again: timedelta, forgotten: timedelta) -> timedelta:
        """How long the next one waits after so many failures, where it is let through after `again` and all are
        forgotten after `forgotten`. Nothing where no wait is due, though the last one came by a clock that is ahead."""
        due = again if self.limit.wait(failures) else timedelta()
        return max(timedelta(), forgotten if failures >= self.limit.failures else due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What a counter says. `wait`: how long until the next one is let through."""

    failures: int
    wait: timedelta


class Throttles(Protocol):
    """Counts failures. Each verb is one decision, by the store's own clock, and holds at once for every node. What is
    spent in a transaction that is taken back would not be counted: nobody spends in one."""

    def spend(self, counter: Counter) -> timedelta | None:
        """Counts one more, and None; or counts nothing where it is full, and how long until it is not."""

    def give_back(self, counter: Counter) -> None:
        """Takes back one: it was no failure. The next one need not wait."""

    def forget(self, account: str) -> None:
        """Forgets all failures at an account."""

    def look(self, counters: Sequence[Counter]) -> Mapping[str, Count]:
        """For support: what those of the counters say that have failures, by their keys. Counts nothing."""
