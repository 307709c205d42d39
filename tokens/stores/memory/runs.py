"""What the store in memory knows of scheduled work, and of rows whose parents are gone."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from tokens.protocol.records import Claim, Referrer, TaskReport
from tokens.stores.base import Parent


class Table(dict[Any, Any]):
    """Rows by their keys. Remembers when each was added."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self.added: dict[Any, datetime] = {}

    def __setitem__(self, key: Any, row: Any) -> None:
        self.added.setdefault(key, self._clock())
        super().__setitem__(key, row)


@dataclass(slots=True)
class Lease:
    """`until` is None while nobody does the task."""

    epoch: int = 0
    slot: int = -1
    until: datetime | None = None
    succeeded: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    started: datetime
    expires: datetime
    finished: datetime | None = None
    rows: Mapping[str, int] = field(default_factory=dict)


class Schedule:
    _lock: Lock
    _clock: Callable[[], datetime]
    _clients: dict[str, Any]
    _authorizations: Table
    _referring: Mapping[str, Table]

    def __init__(self) -> None:
        self._leases: dict[str, Lease] = {}
        self._runs: dict[Claim, Run] = {}

    def claim_run(self, task: str, interval: float, hold: float, kept: timedelta, node: str) -> Claim | None:
        with self._lock:
            now = self._clock()
            lease, slot = self._leases.setdefault(task, Lease()), int(now.timestamp() // interval)
            if lease.until > now if lease.until is not None else lease.slot == slot:
                return None
            lease.epoch, lease.slot, lease.until = lease.epoch + 1, slot, now + timedelta(seconds=hold)
            claim = Claim(task, lease.epoch)
            self._runs[claim] = Run(now, now + kept)
            return claim

    def hold_run(self, claim: Claim, hold: float) -> bool:
        with self._lock:
            lease = self._held(claim)
            if lease is not None:
                lease.until = self._clock() + timedelta(seconds=hold)
            return lease is not None

    def finish_run(self, claim: Claim, rows: Mapping[str, int], error: str) -> bool:
        with self._lock:
            lease = self._held(claim)
            if lease is None:
                return False
            lease.until = None
            lease.failures += bool(error)
            lease.succeeded = lease.succeeded if error else claim.epoch
            if claim in self._runs:
                self._runs[claim] = replace(self._runs[claim], finished=self._clock(), rows=dict(rows))
            return True

    def tasks(self) -> list[TaskReport]:
        with self._lock:
            return [self._report(task, self._leases[task]) for task in sorted(self._leases)]

    def referrers(self, kind: str, after: str, limit: int) -> list[Referrer]:
        with self._lock:
            named = (_referrer(kind, row) for row in self._referring[kind].values())
            return sorted((one for one in named if one.key > after), key=lambda one: one.key)[:limit]

    def gone(self, parent: Parent, ids: Collection[str]) -> set[str]:
        parents = {"client": self._clients, "authorization": self._authorizations}
        with self._lock:
            return set(ids) - parents[parent].keys()

    def delete_orphans(self, kind: str, keys: Collection[str], grace: float) -> int:
        before = self._clock() - timedelta(seconds=grace)
        with self._lock:
            table = self._referring[kind]
            named = [name for name, row in table.items() if _referrer(kind, row).key in keys]
            deleted = [name for name in named if table.added[name] < before]
            for name in deleted:
                del table[name]
            return len(deleted)

    def _held(self, claim: Claim) -> Lease | None:
        lease = self._leases.get(claim.task)
        return lease if lease is not None and lease.epoch == claim.epoch and lease.until is not None else None

    def _report(self, task: str, lease: Lease) -> TaskReport:
        counted = TaskReport(task=task, runs=lease.epoch, failures=lease.failures)
        run = self._runs.get(Claim(task, lease.succeeded))
        if run is None or run.finished is None:
            return counted
        return replace(
            counted,
            success_age=(self._clock() - run.finished).total_seconds(),
            duration=(run.finished - run.started).total_seconds(),
            rows=run.rows,
        )


def _referrer(kind: str, row: Any) -> Referrer:
    match kind:
        case "authorization_code":
            named = row.authorization
            return Referrer(key=row.key, client_id=named.client_id, subject=named.subject)
        case "interaction":
            return Referrer(key=row.key, client_id=row.parameters.get("client_id"))
        case "access_token":
            ids = {name: row.claims.get(name) for name in ("client_id", "authorization_id")}
            return Referrer(key=row.key, **ids)
        case "refresh_token":
            return Referrer(key=row.key, client_id=row.client_id, authorization_id=row.authorization_id)
    return Referrer(key=row.id, client_id=row.client_id, subject=row.subject)
