"""Deletes what expired: `cleanup` once, `cleanup --every 60` until it is told to stop; prints what it deleted. The
latter also does each time what is due to the signing keys, and tells clients of sessions that ended."""

import math
import signal
from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections

from tokens.backchannel_logout import deliver
from tokens.cleanup import delete_expired
from tokens.keys import CannotUnseal
from tokens.keys.rotation import rotate
from tokens.management.told import told


def interval(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < math.inf:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


class Command(BaseCommand):
    help = "Deletes what expired."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every",
            type=interval,
            metavar="SECONDS",
            help="Go on until SIGTERM or SIGINT, with that pause each time; also rotate signing keys that are due, and"
            " tell clients of sessions that ended.",
        )

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        if every is None:
            self._report(delete_expired(seconds=math.inf))
            return
        signals = _signals()
        self._try(signals, every)
        while not _arrived(signals, every):
            self._try(signals, every)

    def _try(self, signals: "SimpleQueue[int]", every: float) -> None:
        try:
            self._rotate()
            deliver(stopped=lambda: not signals.empty())
            self._report(delete_expired(stopped=lambda: not signals.empty()))
        except Error as error:
            # What expired is void, swept or not: a database that is away for a while is no reason to end.
            self.stderr.write(f"the database: {error}; next try in {every:g} s".replace("\n", " "))
        finally:
            close_old_connections()

    def _rotate(self) -> None:
        try:
            for step in rotate(datetime.now(UTC)):
                self.stdout.write(told(step))
        except CannotUnseal as error:
            self.stderr.write(f"signing key {error}: set IDP_SECRETS to the folder that it was made with")

    def _report(self, deleted: Mapping[str, int]) -> None:
        parts = [f"{count} {kind}" for kind, count in deleted.items() if count]
        self.stdout.write(f"deleted {', '.join(parts)}" if parts else "nothing had expired")
        self.stdout.flush()


def _signals() -> "SimpleQueue[int]":
    """Where SIGTERM and SIGINT arrive from now on. Its `put` alone of all queues' may interrupt its own `get`."""
    arrived: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: arrived.put(number))
    return arrived


def _arrived(signals: "SimpleQueue[int]", seconds: float) -> bool:
    try:
        signals.get(timeout=seconds)
    except Empty:
        return False
    return True
