"""Transactions."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.db import transaction

from accounts.ground.taken_back import once_more
from tokens.stores.base.units import Answer

PAUSE = 0.05
"""Seconds before a unit begins again, in which the others end: at once, it could take back from them what they were
given."""


class Units:
    def unit(self) -> AbstractContextManager[None]:
        return transaction.atomic()

    def in_unit(self, work: Callable[[], Answer]) -> Answer:
        def within() -> Answer:
            with self.unit():
                return work()

        return once_more(within, PAUSE)
