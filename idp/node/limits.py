"""The limits of a connection to the database, read back: what lies between the node and it may have dropped them."""

from collections.abc import Callable, Mapping
from typing import cast

from django.db import connection

from idp.databases import MYSQL_SESSION, OF_MYSQL
from idp.postgresql import connection as postgresql

ISOLATION: Mapping[str, str] = {"MariaDB": "tx_isolation", "MySQL": "transaction_isolation"}


def limits() -> str | None:
    """What is not as it was set on this thread's connection; None where all is."""
    read = READERS.get(connection.vendor)
    return read() if read is not None else None


def _of_postgresql() -> str | None:
    names = [f"current_setting('{name}', true)" for name in (*postgresql.LIMITS, postgresql.MARK)]
    found = _row(f"SELECT {', '.join(names)}")
    if found[-1] != cast(postgresql.Connection, connection.connection).mark:
        return postgresql.SHARED
    return _told(postgresql.LIMITS, found)


def _of_mysql() -> str | None:
    server = connection.display_name
    session = {**MYSQL_SESSION, **OF_MYSQL[server], ISOLATION[server]: "READ-COMMITTED"}
    wanted = {name: value.strip("'") for name, value in session.items()}
    found = _row(f"SELECT {', '.join(f'@@session.{name}' for name in wanted)}")
    return _told(wanted, found)


def _told(wanted: Mapping[str, str], found: tuple[object, ...]) -> str | None:
    off = [
        f"{name} is {value}, not {right}"
        for (name, right), value in zip(wanted.items(), found, strict=False)
        if _comparable(value) != _comparable(right)
    ]
    return ", ".join(off) or None


def _comparable(value: object) -> object:
    """A number for 3 and 3.0; of modes, in whatever order, their set."""
    try:
        return float(str(value))
    except ValueError:
        return frozenset(str(value).split(","))


def _row(query: str) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row: tuple[object, ...] = cursor.fetchone()
    return row


READERS: Mapping[str, Callable[[], str | None]] = {"postgresql": _of_postgresql, "mysql": _of_mysql}
"""SQLite's are a file's: nothing lies between. Oracle's is the driver's own."""
