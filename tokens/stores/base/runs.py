"""Who does a scheduled task, of all that may try it at once. A task has one lease, and time is the store's own."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from tokens.protocol.records import Run, RunLease, TaskReport

CAME_TOO_LATE = "it took too long, and another run began"
"""What is told of a run that was finished after the next was claimed."""


class Runs(Protocol):
    def claim(self, task: str, interval: timedelta, hold: timedelta, kept: timedelta, node: str) -> RunLease | None:
        """The lease for the one caller whose run it is, for as long as `hold`; None for everybody else. Time is cut
        into intervals of that length, and in each a task is claimed once; again only where the lease ran out before its
        run was finished. The run is remembered for the time `kept`."""

    def hold(self, lease: RunLease, hold: timedelta) -> bool:
        """Holds it for `hold` from now on; false where the run is finished or was claimed again. In a unit:
        what else is written there is written by the last to claim the task, or not at all."""

    def finish(self, lease: RunLease, rows: Mapping[str, int], error: str) -> bool:
        """Notes what the run did, or how it failed; false, and that it came too late, where it was claimed again."""

    def tasks(self) -> list[TaskReport]:
        """How each task fares that was ever claimed, by its name."""

    def of_task(self, task: str, limit: int, after: int | None = None) -> list[Run]:
        """For support: up to `limit` of the task's runs that are remembered, the newest first. `after`: the last epoch
        of the page before."""
