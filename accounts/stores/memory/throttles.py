"""Failures that are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from accounts.stores.base.throttles import Count, Counter
from accounts.stores.memory.clock import Clock, machines


@dataclass(frozen=True, slots=True)
class Counted:
    account: str
    failures: int
    again: datetime
    expires: datetime


class Throttles:
    def __init__(self, clock: Clock = machines) -> None:
        self._clock = clock
        self._lock = Lock()
        self._rows: dict[str, Counted] = {}

    def spend(self, counter: Counter) -> timedelta | None:
        with self._lock:
            now, limit = self._clock(), counter.limit
            self._rows = {key: row for key, row in self._rows.items() if row.expires > now}
            row = self._rows.get(counter.key, Counted(counter.account, 0, now, now + limit.kept))
            wait = counter.wait(row.failures, row.again - now, row.expires - now)
            if wait:
                return wait
            failures = row.failures + 1
            expires = row.expires if limit.window else now + limit.kept
            self._rows[counter.key] = Counted(counter.account, failures, now + limit.wait(failures), expires)
            return None

    def give_back(self, counter: Counter) -> None:
        with self._lock:
            row = self._rows.get(counter.key)
            if row is not None and row.failures > 0:
                self._rows[counter.key] = replace(row, failures=row.failures - 1, again=self._clock())

    def look(self, counters: Sequence[Counter]) -> Mapping[str, Count]:
        with self._lock:
            now = self._clock()
            rows = {each.key: (each, self._rows.get(each.key)) for each in counters}
            return {
                key: Count(failures=row.failures, wait=each.wait(row.failures, row.again - now, row.expires - now))
                for key, (each, row) in rows.items()
                if row is not None and row.failures > 0 and row.expires > now
            }

    def forget(self, account: str) -> None:
        with self._lock:
            self._rows = {key: row for key, row in self._rows.items() if row.account != account}
