"""Who does a scheduled task."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from operator import itemgetter

from tokens.protocol.records import RunLease, TaskReport
from tokens.stores.memory.state import Lease, Run, State


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
            self._state.runs[RunLease(task, epoch)] = Run(now, now + kept)
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
            if held is None:
                return False
            outcome = {"failures": held.failures + 1} if error else {"succeeded": lease.epoch}
            self._state.leases[lease.task] = replace(held, until=None, **outcome)
            runs = self._state.runs
            if lease in runs:
                runs[lease] = replace(runs[lease], finished=self._state.clock(), rows=dict(rows))
            return True

    def tasks(self) -> list[TaskReport]:
        with self._state.lock:
            return [self._report(task, lease) for task, lease in sorted(self._state.leases.items(), key=itemgetter(0))]

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
