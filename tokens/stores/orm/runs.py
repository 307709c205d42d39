"""Scheduled work: a task's lease is one row, decided by one conditional UPDATE; a run's row only tells."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from accounts.ground.sql.insert_new import was_added
from tokens import models
from tokens.protocol import records
from tokens.stores.base.runs import CAME_TOO_LATE
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only, record_of
from tokens.stores.orm.statements import runs

NODE = 255  # characters, of a column
ERROR = 255


class Runs:
    def claim(
        self, task: str, interval: timedelta, hold: timedelta, kept: timedelta, node: str
    ) -> records.RunLease | None:
        lease = _claim(task, interval, hold, kept, node)
        # The lease of a new task is added on its own: on MariaDB those who find it there would keep it locked until
        # the end of a transaction, each in the others' way.
        return _claim(task, interval, hold, kept, node) if lease is None and _is_new(task) else lease

    def hold(self, lease: records.RunLease, hold: timedelta) -> bool:
        return runs.hold(lease, hold).run() == 1

    @transaction.atomic
    def finish(self, lease: records.RunLease, rows: Mapping[str, int], error: str) -> bool:
        in_time = runs.finish(lease, bool(error)).run() == 1
        runs.finish_run(lease, rows, error[:ERROR] if in_time else CAME_TOO_LATE).run()
        return in_time

    def tasks(self) -> list[records.TaskReport]:
        leases = list(runs.tasks())
        ended_well = {(lease.task, lease.succeeded) for lease in leases}
        epochs = [lease.succeeded for lease in leases if lease.succeeded is not None]
        finished = runs.finished(epochs) if epochs else ()
        reports = {run.task: run for run in finished if (run.task, run.epoch) in ended_well}
        return [_report(lease, reports.get(lease.task)) for lease in leases]

    def of_task(self, task: str, limit: int, after: int | None = None) -> list[records.Run]:
        if not storable(task, models.TASK):
            return []
        return [record_of(records.Run, row) for row in runs.of_task(task, limit, after)]


# Durable: who hears that the run is theirs must find that it is.
@transaction.atomic(durable=True)
def _claim(task: str, interval: timedelta, hold: timedelta, kept: timedelta, node: str) -> records.RunLease | None:
    if runs.claim(task, interval, hold).run() != 1:
        return None
    [lease] = runs.lease(task)
    runs.run(task, lease.epoch, lease.slot, node[:NODE], kept).run()
    return records.RunLease(task, lease.epoch)


def _is_new(task: str) -> bool:
    """Whether the task had no lease; it has one now, which one of all that looked has added."""
    if only(runs.lease(task)) is not None:
        return False
    was_added(runs.first(task))
    return True


def _report(lease: models.Lease, run: models.Run | None) -> records.TaskReport:
    counted = records.TaskReport(task=lease.task, runs=lease.epoch, failures=lease.failures)
    if run is None or run.finished is None:
        return counted
    now = run.now  # type: ignore[attr-defined]  # annotated
    return replace(
        counted,
        success_age=max(0.0, (now - run.finished).total_seconds()),
        duration=(run.finished - run.started).total_seconds(),
        rows=run.rows,
    )
