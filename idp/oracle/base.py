"""The backend. Django looks for this module, and for this class in it."""

import time

from django.db.backends.oracle import base

from accounts.ground import clock
from accounts.ground.dialects import dialect_of

PATIENCE = 4000
"""Milliseconds for a round trip: Oracle has no limit of its own for a statement, or for the wait for a row."""


class DatabaseWrapper(base.DatabaseWrapper):
    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.connection.call_timeout = PATIENCE
        words, before = dialect_of(self), time.monotonic()
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT {words.seconds.format(words.clock)}{words.no_table}")
            clock.tell(float(cursor.fetchone()[0]), before, time.monotonic())
