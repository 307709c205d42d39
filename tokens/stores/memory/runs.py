"""Who does a scheduled task."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tokens.protocol.records import RunLease, TaskReport
from tokens.stores.memory.state import Run, State


@dataclass(slots=True)
class Task:
    """`until` is None while nobody does it."""

    epoch: int = 0
    slot: int = -1
    until: datetime | None = None
    succeeded: int = 0
    failures: int = 0


class Runs:
    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks: dict[str, Task] = {}

    def claim(self, task: str, interval: float, hold: float, kept: timedelta, node: str) -> RunLease | None:
        with self._state.lock:
            now = self._state.clock()
            held, slot = self._tasks.setdefault(task, Task()), int(now.timestamp() // interval)
            if held.until > now if held.until is not None else held.slot == slot:
                return None
            held.epoch, held.slot, held.until = held.epoch + 1, slot, now + timedelta(seconds=hold)
            lease = RunLease(task, held.epoch)
            self._state.runs[lease] = Run(now, now + kept)
            return lease

    def hold(self, lease: RunLease, hold: float) -> bool:
        with self._state.lock:
            held = self._held(lease)
            if held is not None:
                held.until = self._state.clock() + timedelta(seconds=hold)
            return held is not None

    def finish(self, lease: RunLease, rows: Mapping[str, int], error: str) -> bool:
        with self._state.lock:
            held = self._held(lease)
            if held is None:
                return False
            held.until = None
            held.failures += bool(error)
            held.succeeded = held.succeeded if error else lease.epoch
            runs = self._state.runs
            if lease in runs:
                runs[lease] = replace(runs[lease], finished=self._state.clock(), rows=dict(rows))
            return True

    def tasks(self) -> list[TaskReport]:
        with self._state.lock:
            return [self._report(task, self._tasks[task]) for task in sorted(self._tasks)]

    def _held(self, lease: RunLease) -> Task | None:
        task = self._tasks.get(lease.task)
        return task if task is not None and task.epoch == lease.epoch and task.until is not None else None

    def _report(self, name: str, task: Task) -> TaskReport:
        counted = TaskReport(task=name, runs=task.epoch, failures=task.failures)
        run = self._state.runs.get(RunLease(name, task.succeeded))
        if run is None or run.finished is None:
            return counted
        return replace(
            counted,
            success_age=(self._state.clock() - run.finished).total_seconds(),
            duration=(run.finished - run.started).total_seconds(),
            rows=run.rows,
        )
