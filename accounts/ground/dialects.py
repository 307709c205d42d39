"""What the databases say differently in the statements that we write ourselves. One record each, and no other place."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Dialect:
    clock: str
    """The instant, by the database's clock, in UTC. As late as can be: after a wait for a row, too."""
    clock_plus: str
    """The instant a number of seconds, the parameter, after that."""
    seconds: str
    """An instant as seconds since 1970."""
    floor: str
    """The whole part of a number above 0."""
    greatest: str
    """The function that tells the greater of two values, neither of them NULL."""
    on_conflict: str
    """Begins what an INSERT does to the row that has its `key` already."""
    excluded: str
    """A column's value as that INSERT proposed it."""
    text: str
    """The type that a UUID is cast to, to read it as text."""
    estimate: str = ""
    """Asks about how many rows a table has, which is the parameter; empty where the database has no idea."""
    assigns_in_turn: bool = False
    """Whether an assignment of `on_conflict` sees what those before it assigned, and not the row as it was."""
    delete_locks_neighbours: bool = False
    """Whether a DELETE of a list of keys may lock rows next to theirs, so that two of them meet in a deadlock."""
    do_nothing: bool = False
    """Whether an INSERT can be told to do nothing about a row that is there, and to mind any other fault."""
    returning: bool = False
    """Whether an UPDATE can say what it changed."""
    write_in_cte: bool = False
    """Whether one statement can add to two tables, and not if a third forbids it."""
    has_ctid: bool = False
    """Whether rows have a `ctid`, their place in the table, by which they are found fastest."""


ON_CONFLICT = 'ON CONFLICT ("key") DO UPDATE SET'
DIALECTS = {
    "postgresql": Dialect(
        clock="clock_timestamp()",
        clock_plus="clock_timestamp() + make_interval(secs => %s)",
        seconds="extract(epoch FROM {})",
        floor="floor({})",
        greatest="greatest",
        on_conflict=ON_CONFLICT,
        excluded="excluded.{}",
        text="text",
        estimate="SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)",
        do_nothing=True,
        returning=True,
        write_in_cte=True,
        has_ctid=True,
    ),
    "sqlite": Dialect(
        # With as many digits as Django writes: instants are compared as texts.
        clock="strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now')",
        clock_plus="strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now', %s || ' seconds')",
        seconds="((julianday({}) - 2440587.5) * 86400)",
        floor="CAST({} AS integer)",
        greatest="max",
        on_conflict=ON_CONFLICT,
        excluded="excluded.{}",
        text="text",
        do_nothing=True,
        returning=True,
    ),
    # MariaDB, under the name of its ancestor. Its NOW() is the statement's beginning, SYSDATE() is this moment.
    "mysql": Dialect(
        clock="sysdate(6)",
        clock_plus="sysdate(6) + INTERVAL %s SECOND",
        seconds="unix_timestamp({})",
        floor="floor({})",
        greatest="greatest",
        on_conflict="ON DUPLICATE KEY UPDATE",
        excluded="values({})",
        text="char",
        estimate="SELECT table_rows FROM information_schema.tables WHERE table_schema = database() AND table_name = %s",
        assigns_in_turn=True,
        delete_locks_neighbours=True,
    ),
}


def dialect() -> Dialect:
    """Of the database in use."""
    return DIALECTS[connection.vendor]


def estimated_rows(table: str) -> int | None:
    """About how many rows it has, by what the database noted for its plans; None where it noted nothing."""
    if not dialect().estimate:
        return None
    with connection.cursor() as cursor:
        cursor.execute(dialect().estimate, [table])
        noted = cursor.fetchone()
    return int(noted[0]) if noted and noted[0] is not None and noted[0] > 0 else None


def can_return() -> bool:
    """SQLite learned both at once: one that cannot say what an INSERT did is too old to say what an UPDATE did."""
    return dialect().returning and connection.features.can_return_columns_from_insert


def can_write_in_cte() -> bool:
    return dialect().write_in_cte


def has_ctid() -> bool:
    return dialect().has_ctid


def delete_locks_neighbours() -> bool:
    return dialect().delete_locks_neighbours
