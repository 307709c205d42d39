"""Scheduled work: a task's lease is one row, decided by one conditional UPDATE; a run's row only tells."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from tokens import models
from tokens.protocol import records
from tokens.stores.orm.statements.insert_new import insert_new
from tokens.stores.orm.statements.runs import HOLD, TAKE

CAME_TOO_LATE = "it took too long, and another run began"
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
        return HOLD.run(hold=hold.total_seconds(), task=lease.task, epoch=lease.epoch) == 1

    @transaction.atomic
    def finish(self, lease: records.RunLease, rows: Mapping[str, int], error: str) -> bool:
        ours = models.Lease.objects.filter(task=lease.task, epoch=lease.epoch, until__isnull=False)
        failed = {"failures": F("failures") + 1}
        in_time = ours.update(until=None, **(failed if error else {"succeeded": lease.epoch})) == 1
        run = models.Run.objects.filter(task=lease.task, epoch=lease.epoch, finished=None)
        run.update(finished=Now(), rows=dict(rows), error=error[:ERROR] if in_time else CAME_TOO_LATE)
        return in_time

    def tasks(self) -> list[records.TaskReport]:
        leases = list(models.Lease.objects.order_by("task"))
        ended_well = {(lease.task, lease.succeeded) for lease in leases}
        epochs = [lease.succeeded for lease in leases if lease.succeeded is not None]
        found = models.Run.objects.filter(epoch__in=epochs, finished__isnull=False).annotate(now=Now())
        runs = {run.task: run for run in found if (run.task, run.epoch) in ended_well}
        return [_report(lease, runs.get(lease.task)) for lease in leases]


# Durable: who hears that the run is theirs must find that it is.
@transaction.atomic(durable=True)
def _claim(task: str, interval: timedelta, hold: timedelta, kept: timedelta, node: str) -> records.RunLease | None:
    if TAKE.run(interval=interval.total_seconds(), hold=hold.total_seconds(), task=task) != 1:
        return None
    lease = models.Lease.objects.get(task=task)
    expires = Now() + kept
    models.Run.objects.create(
        task=task, epoch=lease.epoch, slot=lease.slot, node=node[:NODE], started=Now(), expires=expires
    )
    return records.RunLease(task, lease.epoch)


def _is_new(task: str) -> bool:
    """Whether the task had no lease; it has one now, which one of all that looked has added."""
    if models.Lease.objects.filter(task=task).exists():
        return False
    insert_new(models.Lease(task=task))
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
