"""Transactions."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from django.db import OperationalError, connection, transaction

from accounts.ground.taken_back import was_taken_back
from tokens.stores.base.units import Answer

PAUSE = 0.05
"""Seconds before a unit begins again."""


class Units:
    def unit(self) -> AbstractContextManager[None]:
        return transaction.atomic()

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        try:
            with self.unit():
                return work()
        except OperationalError as error:
            # A unit within another's transaction cannot begin again: the whole of it was taken back.
            if connection.in_atomic_block or not was_taken_back(error):
                raise
        # The others end first: at once, it could take back from them what they were given.
        time.sleep(PAUSE)
        with self.unit():
            return work()
