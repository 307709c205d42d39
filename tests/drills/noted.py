"""The product as drills run it, `celery -A tests.drills.noted worker` and `beat`: it does its work every few seconds
and writes down each time that it begins; its beat tells of each message, and stands still inside a tick when told."""

import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import FrameType
from typing import Any

from tests.work.quick import app

# Django is set up by now.
from django.db import connection  # isort: skip

from accounts.ground.task import GoOn
from idp import beat
from tests.drills.scheduled import ON, STILL
from tokens.stores import store
from tokens.work import backchannel_logout, schedule

schedule.HOLD = timedelta(seconds=float(os.environ["TEST_HOLD"]))
backchannel_logout.LEASE = timedelta(seconds=float(os.environ["TEST_LEASE"]))

logger = logging.getLogger("tokens.drills")
NOTE = "INSERT INTO drill_work (task, slot, epoch) VALUES (%s, %s, %s)"
LASTS = 0.4
"""Seconds that all work takes at least: a fault finds some in progress."""

__all__ = ["app"]


class Scheduler(beat.Scheduler):
    """SIGUSR1: its next tick stops once the lock was looked at, and before anything is sent, until a second SIGUSR1."""

    _still = False

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        signal.signal(signal.SIGUSR1, self._turn)

    def maybe_due(self, entry: Any, **options: Any) -> Any:
        if self._still:
            logger.info(STILL)
            while self._still:
                time.sleep(0.01)
            logger.info(ON)
        return super().maybe_due(entry, **options)

    def apply_async(self, entry: Any, *arguments: Any, **options: Any) -> Any:
        sent = super().apply_async(entry, *arguments, **options)
        logger.info("message %s %.3f %d", entry.name, time.time(), os.getpid())
        return sent

    def _turn(self, number: int, frame: FrameType | None) -> None:
        self._still = not self._still


def _noted(name: str, work: Callable[[GoOn], Mapping[str, int]]) -> Callable[[GoOn], Mapping[str, int]]:
    def noted(go_on: GoOn) -> Mapping[str, int]:
        [run] = store().runs.of_task(name, 1)
        with connection.cursor() as cursor:
            cursor.execute(NOTE, [name, run.slot, run.epoch])
        time.sleep(LASTS)  # the work takes so long
        return work(go_on)

    return noted


schedule.TASKS = {name: replace(task, work=_noted(name, task.work)) for name, task in schedule.TASKS.items()}
