"""The statements that decide whose a run of a task is, and note what became of it."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts.ground.dialects import dialect
from accounts.ground.sql.insert_new import insert_new
from accounts.ground.sql.inserting import insert
from accounts.ground.sql.sql import Sql, update
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import records


@statement("runs.claim")
def claim(task: str, interval: timedelta, hold: timedelta) -> Sql:
    """Takes the lease if its last run was finished and is an interval's before, or was not finished in time."""
    words = dialect()
    slot = words.floor.format(f"{words.seconds.format(words.clock)} / %s")
    length = interval.total_seconds()
    return Sql(
        f"UPDATE tokens_lease SET epoch = epoch + 1, slot = {slot}, until = {words.clock_plus}"  # noqa: S608 words of ours
        f" WHERE task = %s AND (until IS NULL AND slot <> {slot} OR until <= {words.clock})",
        (length, hold.total_seconds(), task, length),
    )


@statement("runs.claim.lease")
def lease(task: str) -> QuerySet[models.Lease]:
    return models.Lease.objects.filter(task=task)


@statement("runs.claim.first")
def first(task: str) -> Sql:
    return insert_new(models.Lease(task=task))


@statement("runs.claim.run")
def run(task: str, epoch: int, slot: int, node: str, kept: timedelta) -> Sql:
    now = Now()
    return insert(models.Run(task=task, epoch=epoch, slot=slot, node=node, started=now, expires=now + kept))


@statement("runs.hold")
def hold(lease: records.RunLease, hold: timedelta) -> Sql:
    until = dialect().clock_plus
    return Sql(
        f"UPDATE tokens_lease SET until = {until} WHERE task = %s AND epoch = %s AND until IS NOT NULL",  # noqa: S608 words of ours
        (hold.total_seconds(), lease.task, lease.epoch),
    )


@statement("runs.finish")
def finish(lease: records.RunLease, failed: bool) -> Sql:
    held = models.Lease.objects.filter(task=lease.task, epoch=lease.epoch, until__isnull=False)
    return update(held, until=None, **({"failures": F("failures") + 1} if failed else {"succeeded": lease.epoch}))


@statement("runs.finish.run")
def finish_run(lease: records.RunLease, rows: Mapping[str, int], error: str) -> Sql:
    run = models.Run.objects.filter(task=lease.task, epoch=lease.epoch, finished=None)
    return update(run, finished=Now(), rows=dict(rows), error=error)


@statement("runs.tasks")
def tasks() -> QuerySet[models.Lease]:
    return models.Lease.objects.order_by("task")


@statement("runs.tasks.finished")
def finished(epochs: Collection[int]) -> QuerySet[models.Run]:
    """With the instant of the statement, as `now`."""
    return models.Run.objects.filter(epoch__in=epochs, finished__isnull=False).annotate(now=Now())


@statement("runs.of_task")
def of_task(task: str, limit: int, before: int | None) -> QuerySet[models.Run]:
    of_it = models.Run.objects.filter(task=task, **({} if before is None else {"epoch__lt": before}))
    return of_it.order_by("-epoch")[:limit]
