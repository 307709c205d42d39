"""Who does a scheduled task."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter, itemgetter

from tokens.protocol.records import Run, RunLease, TaskReport
from tokens.stores.base.runs import CAME_TOO_LATE
from tokens.stores.memory.state import Lease, State


class Runs:
    def __init__(self, state: State) -> None:
        self._state = state

    def claim(self, task: str, interval: timedelta, hold: timedelta, kept: timedelta, node: str) -> RunLease | None:
        with self._state.at_once():
            now = self._state.clock()
            held, slot = self._state.leases.get(task, Lease()), int(now.timestamp() // interval.total_seconds())
            if held.until > now if held.until is not None else held.slot == slot:
                return None
            epoch = held.epoch + 1
            self._state.leases[task] = replace(held, epoch=epoch, slot=slot, until=now + hold)
            self._state.runs[RunLease(task, epoch)] = Run(
                task=task, epoch=epoch, slot=slot, node=node, started=now, expires=now + kept
            )
            return RunLease(task, epoch)

    def hold(self, lease: RunLease, hold: timedelta) -> bool:
        with self._state.lock:
            held = self._held(lease)
            if held is not None:
                self._state.change(self._state.leases, lease.task, replace(held, until=self._state.clock() + hold))
            return held is not None

    def finish(self, lease: RunLease, rows: Mapping[str, int], error: str) -> bool:
        with self._state.at_once():
            held = self._held(lease)
            if held is not None:
                outcome = {"failures": held.failures + 1} if error else {"succeeded": lease.epoch}
                self._state.leases[lease.task] = replace(held, until=None, **outcome)
            self._tell(lease, rows, error if held is not None else CAME_TOO_LATE)
            return held is not None

    def tasks(self) -> list[TaskReport]:
        with self._state.lock:
            return [self._report(task, lease) for task, lease in sorted(self._state.leases.items(), key=itemgetter(0))]

    def of_task(self, task: str, limit: int, after: int | None = None) -> list[Run]:
        with self._state.lock:
            theirs = (each for each in self._state.runs.values() if each.task == task)
            older = [each for each in theirs if after is None or each.epoch < after]
            return sorted(older, key=attrgetter("epoch"), reverse=True)[:limit]

    def _tell(self, lease: RunLease, rows: Mapping[str, int], error: str) -> None:
        run = self._state.runs.get(lease)
        if run is not None and run.finished is None:
            told = replace(run, finished=self._state.clock(), rows=dict(rows), error=error)
            self._state.runs[lease] = told

    def _held(self, lease: RunLease) -> Lease | None:
        held = self._state.row(self._state.leases, lease.task)
        return held if held is not None and held.epoch == lease.epoch and held.until is not None else None

    def _report(self, task: str, lease: Lease) -> TaskReport:
        counted = TaskReport(task=task, runs=lease.epoch, failures=lease.failures)
        run = self._state.runs.get(RunLease(task, lease.succeeded))
        if run is None or run.finished is None:
            return counted
        return replace(
            counted,
            success_age=(self._state.clock() - run.finished).total_seconds(),
            duration=(run.finished - run.started).total_seconds(),
            rows=run.rows,
        )
