"""The scheduled work as Celery knows it. A message names a task and says nothing else: the store knows the rest."""

import logging
from collections.abc import Callable

from celery import shared_task

from tokens.work.schedule import TASKS, perform, summary

logger = logging.getLogger("tokens.tasks")


def celery_name(name: str) -> str:
    return f"tokens.{name}"


def _performs(name: str) -> Callable[[], None]:
    def work() -> None:
        if rows := perform(name):
            logger.info("%s: %s", name, summary(rows))

    return work


for _name in TASKS:
    shared_task(name=celery_name(_name))(_performs(_name))
