"""Transactions that the database gives up for the sake of others."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

Answer = TypeVar("Answer")

TAKEN_BACK = ("40001", "40P01")
"""SQLSTATE of a deadlock, and of a conflict between transactions that are serialized."""
TAKEN_BACK_BY_MARIADB = (1020, 1205, 1213)
"""Its numbers for the same, and for a lock that was waited for in vain."""


def was_taken_back(error: OperationalError) -> bool:
    """Whether the same work may well succeed a moment later."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state in TAKEN_BACK or (connection.vendor == "mysql" and error.args[0] in TAKEN_BACK_BY_MARIADB)


def once_more(work: Callable[[], Answer], pause: float = 0.0) -> Answer:
    """Does the work again, after `pause` seconds, where the database took it back. Not within another's transaction: it
    took back the whole of that."""
    try:
        return work()
    except OperationalError as error:
        if connection.in_atomic_block or not was_taken_back(error):
            raise
    time.sleep(pause)
    return work()
