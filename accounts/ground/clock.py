"""The instant by the clock of the database, which is the same for all nodes.

A connection that is made tells what it says. From then on it is reckoned with the monotonic clock of this machine, so
it does not matter what else this machine takes the time for, or when somebody sets its clock. Where no database told
anything (SQLite's is this machine's) it is this machine's clock.
"""

import time
from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock

from django.db import Error, connection

_telling = Lock()
_offset: float | None = None
"""Seconds from the monotonic clock to the database's."""
_asked = False


def tell(instant: float, before: float, after: float) -> None:
    """What the database said, in seconds since 1970, to a question asked at `before` and answered at `after`, on the
    monotonic clock. As long as it may well be as was reckoned, that stands: one slow answer moves no clock."""
    global _offset
    with _telling:
        least, most = instant - after, instant - before
        reckoned = (least + most) / 2 if _offset is None else _offset
        _offset = min(max(reckoned, least), most)


def now() -> datetime:
    if _offset is None:
        _ask_once()
    told = _offset
    if told is None:
        return datetime.now(UTC)  # this machine's clock: no other is known
    return datetime.fromtimestamp(time.monotonic() + told, UTC)


def is_the_databases() -> bool:
    """Whether `now` goes by the database's clock: it was told, or this machine is where the database is."""
    return _offset is not None or connection.vendor == "sqlite"


def ahead() -> float:
    """Seconds that the clock of this machine is ahead of the database's; 0 where that is not known."""
    told = _offset
    if told is None:
        return 0.0
    return time.time() - time.monotonic() - told  # this machine's clock: compared with the database's


def never_ask() -> None:
    """This process goes on without the database where that is away: it waits for no connection to ask the time, and
    hears it where one is made."""
    global _asked
    _asked = True


def _ask_once() -> None:
    """A process whose first question is what time it is connects for it. Without a database it goes on as it can."""
    global _asked
    if _asked or connection.vendor == "sqlite":
        return
    _asked = True
    with suppress(Error):
        connection.ensure_connection()
