"""Does the scheduled work without Celery: `work` until it is told to stop, `work --once` what is due now, for cron.

Any number of them may run, with Celery too: the store gives a run to one of them. A thread for each task, so that a
long one keeps none waiting.
"""

import signal
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections, connections

from tokens.keys import CannotUnseal
from tokens.stores import ERRORS
from tokens.work.schedule import TASKS, perform, summary


class Command(BaseCommand):
    help = "Does the scheduled work that is due, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if not settings.TASKS:
            raise CommandError("IDP_TASKS: scheduled work is switched off on this node")
        if once:
            failed = [name for name in TASKS if not self._try(name, Event())]
            if failed:
                raise CommandError("not everything could be done: the lines above say why")
            return
        ended, stopping = _signals(), Event()
        with ThreadPoolExecutor(len(TASKS)) as threads:
            loops = [threads.submit(self._go_on, name, stopping) for name in TASKS]
            for loop in loops:
                loop.add_done_callback(lambda _: ended.put(0))
            ended.get()
            stopping.set()
        for loop in loops:
            loop.result()

    def _go_on(self, name: str, stopping: Event) -> None:
        try:
            while not stopping.is_set():
                self._try(name, stopping)
                close_old_connections()
                stopping.wait(TASKS[name].dispatch)
        finally:
            connections.close_all()

    def _try(self, name: str, stopping: Event) -> bool:
        try:
            rows = perform(name, stopping.is_set)
        except ERRORS as error:
            # What expired is void, swept or not: a database that is away for a while is no reason to end.
            self.stderr.write(f"{name}: the database: {error}".replace("\n", " "))
        except CannotUnseal as error:
            self.stderr.write(f"{name}: signing key {error}: set IDP_SECRETS to the folder that it was made with")
        else:
            if rows is not None:
                self.stdout.write(f"{name}: {summary(rows)}")
                self.stdout.flush()
            return True
        return False


def _signals() -> "SimpleQueue[int]":
    """Where SIGTERM and SIGINT arrive from now on. Of all queues' only its `put` may interrupt its own `get`."""
    arrived: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: arrived.put(number))
    return arrived
