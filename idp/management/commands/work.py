"""Does the scheduled work without Celery: `work` until it is told to stop, `work --once` what is due now, for cron.

Any number of them may run, with Celery too: the store gives a run to one of them. One that does not fit its database
any more stops working, and goes on once it does.
"""

import signal
from queue import SimpleQueue
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from idp.fit.permit import Permit
from tokens.checks import tables_fault
from tokens.work.one_process import OneProcess


class Command(BaseCommand):
    help = "Does the scheduled work that is due, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if not settings.TASKS:
            raise CommandError("IDP_TASKS: scheduled work is switched off on this node")
        if fault := tables_fault():
            raise CommandError(fault)
        work = OneProcess(may=Permit(), did=self._tell, failed=self.stderr.write)
        if not once:
            work.go_on(_signals())
        elif not work.once():
            raise CommandError("not everything could be done: the lines above say why")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _signals() -> "SimpleQueue[int]":
    """Where SIGTERM and SIGINT arrive from now on. Of all queues' only its `put` may interrupt its own `get`."""
    arrived: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: arrived.put(number))
    return arrived
