"""Transactions that the database gives up for the sake of others."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connection

from accounts.ground.dialects import DIALECTS, dialect, fault

Answer = TypeVar("Answer")

TAKEN_BACK = frozenset(number for words in DIALECTS.values() for number in words.taken_back)
"""Of all databases, for none has another's. One that is away need not be asked which it is."""


def was_taken_back(error: DatabaseError) -> bool:
    """Whether the same work may well succeed a moment later."""
    return fault(error) in TAKEN_BACK


def once_more(work: Callable[[], Answer], pause: float = 0.0) -> Answer:
    """Does the work again, after `pause` seconds, where the database took it back. Not within another's transaction: it
    took back the whole of that."""
    try:
        return work()
    except DatabaseError as error:
        if connection.in_atomic_block or not was_taken_back(error):
            raise
    time.sleep(pause)
    return work()


def despite_collision(write: Callable[[], Answer]) -> Answer:
    """Does it again where it was refused because another one added the row at the same time, which is there by now."""
    try:
        return write()
    except DatabaseError as error:
        words = dialect()
        if not words.upserts_collide or fault(error) != words.duplicate:
            raise
    return write()
