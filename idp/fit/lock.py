"""A deployment is prepared by one process at a time, whoever begins it and on whichever node."""

import fcntl
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.core.management import CommandError
from django.db import connection

PATIENCE = 600.0
"""Seconds that another one may take. A migration that takes longer is waited for by who starts us."""
PAUSE = 0.2  # seconds
NUMBER = 0x1D9_F17
"""Of PostgreSQL's advisory lock, which counts within one database, and of Oracle's."""
EXCLUSIVE = 6
"""The mode of Oracle's."""


@contextmanager
def preparing() -> Iterator[None]:
    """Waits for its turn; CommandError where that does not come. The lock ends with the connection, and so with us."""
    taken = _LOCKS[connection.vendor]
    deadline, told = time.monotonic() + PATIENCE, False
    with taken() as take:
        while not take():
            if time.monotonic() > deadline:
                raise CommandError(f"another `prepare` is still at work after {PATIENCE:.0f} s: end it, or wait for it")
            if not told:
                print("manage.py: another `prepare` is at work: waiting for it", file=sys.stderr)
            told = True
            time.sleep(PAUSE)
        yield


@contextmanager
def _postgresql() -> Iterator[Callable[[], bool]]:
    yield lambda: _said("SELECT pg_try_advisory_lock(%s)", NUMBER)
    _said("SELECT pg_advisory_unlock(%s)", NUMBER)


@contextmanager
def _mysql() -> Iterator[Callable[[], bool]]:
    name = f"prepare {connection.settings_dict['NAME']}"[-64:]
    yield lambda: _said("SELECT GET_LOCK(%s, 0)", name)
    _said("SELECT RELEASE_LOCK(%s)", name)


@contextmanager
def _oracle() -> Iterator[Callable[[], bool]]:
    """Our user needs `GRANT EXECUTE ON DBMS_LOCK`. It outlives commits, which every change of a table is there."""

    def take() -> bool:
        with connection.cursor() as cursor:
            answer = cursor.callfunc("dbms_lock.request", int, [NUMBER, EXCLUSIVE, 0, False])
        return answer in (0, 4)  # taken, or ours already

    yield take


@contextmanager
def _sqlite() -> Iterator[Callable[[], bool]]:
    """Of a file beside the database: SQLite's own locks last for a transaction."""
    database = Path(connection.settings_dict["NAME"])
    with database.with_name(f"{database.name}.prepare").open("w") as file:

        def take() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield take


_LOCKS: Mapping[str, Callable[[], AbstractContextManager[Callable[[], bool]]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "oracle": _oracle,
    "sqlite": _sqlite,
}


def _said(statement: str, parameter: int | str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [parameter])
        return bool(cursor.fetchone()[0])
