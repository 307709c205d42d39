"""The scheduled work, and the one way to do it: by a claim that the store gives to one caller an interval.

A Celery worker or `manage.py work` asks for a task, however many of them and however often, and the store decides: that
somebody asks is only a hint that it may be time.
"""

import logging
import os
import socket
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import TracebackType

from accounts import work as accounts_work
from accounts.ground import clock
from accounts.ground.task import GoOn, Task
from tokens.conf import conf
from tokens.keys import rotation
from tokens.protocol.records import RunLease, TaskReport
from tokens.stores import store
from tokens.work import backchannel_logout, cleanup, endings, orphans, publishing

HOLD = timedelta(seconds=30)
"""How long a lease lasts unless `go_on` holds it again: a worker that died holds a task up for no longer."""
logger = logging.getLogger("tokens.work.schedule")


def joined(*tables: Mapping[str, Task]) -> Mapping[str, Task]:
    """One table of all. Raises ValueError where two have a task of the same name: one would never run."""
    names = [name for table in tables for name in table]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two scheduled tasks are called {min(doubled)}")
    return {name: task for table in tables for name, task in table.items()}


def _rotate_keys(go_on: GoOn) -> Mapping[str, int]:
    done = rotation.rotate(clock.now(), go_on)
    return {act: sum(step.act == act for step in done) for act in dict.fromkeys(step.act for step in done)}


OURS: Mapping[str, Task] = {
    "delete_expired": Task(60, lambda go_on: cleanup.delete_expired(go_on=go_on)),
    "delete_overlooked": Task(3600, lambda go_on: cleanup.delete_expired(whole=True, go_on=go_on)),
    "delete_orphans": Task(60, lambda go_on: orphans.delete_orphans(go_on=go_on)),
    "rotate_keys": Task(60, _rotate_keys),
    "deliver_logouts": Task(5, lambda go_on: backchannel_logout.deliver(stopped=lambda: not go_on())),
}
ELSEWHERE = joined(publishing.TASKS, endings.TASKS)
"""Of a store that is not in the database."""
TASKS = joined(accounts_work.TASKS, OURS, ELSEWHERE if conf().on_dynamodb else {})


def perform(name: str, stopped: Callable[[], bool] = lambda: False) -> Mapping[str, int] | None:
    """What was done of a task; None where nothing was due, or somebody else does it. It ends early once `stopped`."""
    task = TASKS[name]
    lease = store().runs.claim(name, timedelta(seconds=task.interval), HOLD, task.kept, this_process())
    if lease is None:
        return None
    with _Run(lease) as run:
        run.rows = {kind: count for kind, count in task.work(lambda: not stopped() and run.hold()).items() if count}
    return run.rows


def lag() -> Mapping[str, float]:
    """For each kind that expires for how many seconds its oldest row could have been deleted."""
    return cleanup.lag()


def orphans_lag() -> Mapping[str, float]:
    """For each kind that names others since how many seconds an orphan may have been there."""
    return orphans.lag()


def reports() -> list[TaskReport]:
    """How each task fares, in the order of TASKS; one that was never begun too."""
    reports = {report.task: report for report in store().runs.tasks()}
    return [reports.get(name, TaskReport(task=name, runs=0, failures=0)) for name in TASKS]


def summary(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in rows.items()) or "nothing"


def this_process() -> str:
    """Host and process, as claims and locks name their holder."""
    return f"{socket.gethostname()}:{os.getpid()}"


class _Run:
    """Finishes a run, however its work ends. Of an error only its name is kept: its text may say anything."""

    def __init__(self, lease: RunLease) -> None:
        self.lease = lease
        self.rows: Mapping[str, int] = {}

    def hold(self) -> bool:
        return store().runs.hold(self.lease, HOLD)

    def __enter__(self) -> "_Run":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        failed = kind.__name__ if kind is not None else ""
        in_time = store().runs.finish(self.lease, self.rows, failed)
        if not in_time:
            logger.warning("%s %d: another run began before this one was finished", self.lease.task, self.lease.epoch)
