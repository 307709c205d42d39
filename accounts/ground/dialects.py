"""What the databases say differently in the statements that we write ourselves. One record each, and no other place.

PostgreSQL, SQLite and MariaDB run all tests; for MySQL and Oracle the statements are compiled (docs/databases.md).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    clock: str
    """The instant, by the database's clock, in UTC. As late as can be: after a wait for a row, too."""
    clock_plus: str
    """The instant a number of seconds, the parameter, after that."""
    seconds: str
    """An instant as seconds since 1970."""
    upsert: str
    """Adds the row `{values}` of `{columns}`, or makes `{changes}` to the one that has its `{unique}` columns already.
    Where the statement has to begin with the row, it is `{proposed}`, and is compared with others by `{same}`."""
    excluded: str = "excluded.{}"
    """A column's value as the upsert proposed it."""
    floor: str = "floor({})"
    """The whole part of a number above 0."""
    greatest: str = "greatest"
    """The function that tells the greater of two values, neither of them NULL."""
    without: str = "replace({0}, {1}, '') = {0}"
    """Whether a text has no other one within it, in just these letters. (A LIKE may take case for nothing.)"""
    no_table: str = ""
    """What a SELECT without a table is from."""
    text: str = "text"
    """The type that a UUID is cast to, to read it as text."""
    collation: str | None = None
    """Of identifiers: equal if their bytes are, trailing spaces and all. None where every text is compared so."""
    duplicate: object = None
    """The fault of an INSERT whose key is there already, as `fault` tells it; None where it can do nothing instead."""
    taken_back: Collection[object] = ()
    """The faults, as `fault` tells them, after which the same work may well succeed a moment later: deadlocks,
    conflicts of transactions that are serialized, locks that were waited for in vain."""
    was_run: bool = True
    """Whether the tests run on it. Else they compile every statement and migration for it."""
    estimate: str = ""
    """Asks about how many rows a table has, which is the parameter; empty where the database has no idea."""
    assigns_in_turn: bool = False
    """Whether a change of `upsert` sees what those before it changed, and not the row as it was."""
    upserts_collide: bool = False
    """Whether of two that add one row by `upsert` at the same time one is refused, and has to come again."""
    delete_locks_neighbours: bool = False
    """Whether a DELETE of a list of keys may lock rows next to theirs, so that two of them meet in a deadlock."""
    do_nothing: bool = False
    """Whether an INSERT can be told to do nothing about a row that is there, and to mind any other fault."""
    insert_returning: bool = False
    """Whether an INSERT can say what it wrote."""
    returning: bool = False
    """Whether an UPDATE can say what it changed."""
    write_in_cte: bool = False
    """Whether one statement can add to two tables, and not if a third forbids it."""
    has_ctid: bool = False
    """Whether rows have a `ctid`, their place in the table, by which they are found fastest."""


INSERT = "INSERT INTO {table} ({columns}) VALUES ({values})"
ON_CONFLICT = INSERT + " ON CONFLICT ({unique}) DO UPDATE SET {changes}"
MARIADB = Dialect(
    clock="sysdate(6)",
    clock_plus="sysdate(6) + INTERVAL %s SECOND",
    seconds="unix_timestamp({})",
    upsert=INSERT + " ON DUPLICATE KEY UPDATE {changes}",
    excluded="values({})",
    text="char",
    # Its other binary collation takes a text and the same with spaces after it for one.
    collation="utf8mb4_nopad_bin",
    duplicate=1062,
    taken_back=(1020, 1205, 1213),
    estimate="SELECT table_rows FROM information_schema.tables WHERE table_schema = database() AND table_name = %s",
    assigns_in_turn=True,
    insert_returning=True,
    delete_locks_neighbours=True,
)
"""Its NOW() is the statement's beginning, SYSDATE() is this moment."""
DIALECTS = {
    "PostgreSQL": Dialect(
        clock="clock_timestamp()",
        clock_plus="clock_timestamp() + make_interval(secs => %s)",
        seconds="extract(epoch FROM {})",
        upsert=ON_CONFLICT,
        collation="C",
        taken_back=("40001", "40P01"),
        estimate="SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)",
        do_nothing=True,
        insert_returning=True,
        returning=True,
        write_in_cte=True,
        has_ctid=True,
    ),
    "SQLite": Dialect(
        # With as many digits as Django writes: instants are compared as texts.
        clock="strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now')",
        clock_plus="strftime('%%Y-%%m-%%d %%H:%%M:%%f000', 'now', %s || ' seconds')",
        seconds="((julianday({}) - 2440587.5) * 86400)",
        upsert=ON_CONFLICT,
        floor="CAST({} AS integer)",
        greatest="max",
        do_nothing=True,
        insert_returning=True,
        returning=True,
    ),
    "MariaDB": MARIADB,
    "MySQL": replace(
        MARIADB,
        # VALUES() in the changes is deprecated there, in favour of a name for the row.
        upsert=INSERT + " AS excluded ON DUPLICATE KEY UPDATE {changes}",
        excluded="excluded.{}",
        no_table=" FROM dual",
        collation="utf8mb4_0900_bin",
        was_run=False,
        insert_returning=False,
    ),
    # NULL and the empty text are one there: a key made of NULL is 'session:', which no entry has.
    "Oracle": Dialect(
        clock="sys_extract_utc(systimestamp)",
        clock_plus="sys_extract_utc(systimestamp) + numtodsinterval(%s, 'SECOND')",
        seconds=(
            "(extract(DAY FROM ({0} - {1})) * 86400 + extract(HOUR FROM ({0} - {1})) * 3600"
            " + extract(MINUTE FROM ({0} - {1})) * 60 + extract(SECOND FROM ({0} - {1})))"
        ).format("{0}", "TIMESTAMP '1970-01-01 00:00:00'"),
        upsert=(
            "MERGE INTO {table} USING (SELECT {proposed} FROM dual) excluded ON ({same})"
            " WHEN MATCHED THEN UPDATE SET {changes}"
            " WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({excluded})"
        ),
        # Texts of any length are NCLOBs, which cannot be compared.
        without="instr({0}, {1}) = 0",
        no_table=" FROM dual",
        duplicate=1,
        taken_back=(60, 8177),
        estimate="SELECT num_rows FROM user_tables WHERE table_name = upper(%s)",
        was_run=False,
        upserts_collide=True,
    ),
}
"""By the name that Django shows for the database."""


def dialect() -> Dialect:
    """Of the database in use."""
    return dialect_of(connection)


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect:
    return DIALECTS[connection.display_name]


def fault(error: DatabaseError) -> object:
    """What the database calls it: its number, else the SQLSTATE, which is all that PostgreSQL has."""
    said = error.args[0] if error.args else None
    number = getattr(said, "code", said)
    return number if isinstance(number, int) else getattr(error.__cause__, "sqlstate", None)


def can_return_from_insert() -> bool:
    return dialect().insert_returning and connection.features.can_return_columns_from_insert


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
