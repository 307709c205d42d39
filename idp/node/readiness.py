"""What a node needs before it may be sent requests: a table of checks, which /readyz and `doctor` ask."""

import time
from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection

from accounts.ground.dialects import dialect
from accounts.ground.unavailable import Unavailable
from idp.fit import state
from idp.fit.vouched import does_without_database
from idp.node.failures import DEPENDENCY_DOWN
from idp.node.limits import limits
from tokens.checks import signing_fault, store_checks
from tokens.conf import CLOCK_MARGIN

Check = Callable[[], str | None]
"""What is wrong, in a few words that anybody may read; None when nothing is."""


def database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


def clock() -> str | None:
    """A token may outlive its time by as much as a node's clock is wrong: the margin is what we promise."""
    words, before = dialect(), time.time()  # this machine's clock: it is what is judged
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {words.seconds.format(words.clock)}{words.no_table}", [])
        database_clock = float(cursor.fetchone()[0])
    off = skew(before, database_clock, time.time())  # this machine's clock: as above
    return f"{off:.1f} s off the database's" if abs(off) > CLOCK_MARGIN.total_seconds() else None


def skew(before: float, database_clock: float, after: float) -> float:
    """How far the clock that `told` is ahead of one that stood at `before` when it was asked, and at `after` when it
    had answered (seconds): at the least."""
    return database_clock - min(max(database_clock, before), after)


def session_cache() -> str | None:
    # Here, so that a node without Redis need not load its client.
    from redis.exceptions import RedisError

    try:
        caches["sessions"].get("readyz")
    except (RedisError, OSError):
        return "it does not answer: sessions are read from the database"
    return None


FIRST = ("database", "store")
"""Without one of them nothing else is asked: it would only wait as long again."""
OF_DATABASE: Mapping[str, Check] = {
    "database": database,
    "limits": limits,
    "clock": clock,
    "settings": state.fault,
    "migrations": state.migrations,
}


def needed() -> Mapping[str, Check]:
    """By where the store is, and by what this node serves (docs/running.md)."""
    of_database = {"settings": state.known_fault} if does_without_database() else OF_DATABASE
    return {**of_database, **store_checks(), "signing keys": signing_fault}


def wanted() -> Mapping[str, Check]:
    """What the node does without when it must. Sessions live in the database; a person's rows alone may."""
    cache = {"session cache": session_cache} if "sessions" in settings.CACHES else {}
    return {**cache, **({"database": database} if does_without_database() else {})}


def ask(check: Check) -> str | None:
    """The check's own words, or that what it asks is not there."""
    try:
        return check()
    except Unavailable:
        return "the store does not answer"
    except DEPENDENCY_DOWN:
        return "the database does not answer"
    except DatabaseError:
        return "the database cannot be used"
