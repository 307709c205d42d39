"""Where a request can be held inside the database, so that its node dies at just that step, without hooks."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial

import psycopg
from psycopg import sql

from tests.drills.ground import until

Barrier = Callable[[str, str], contextlib.AbstractContextManager[None]]
"""Of the database's URL and the key of the row that the request spends. It holds as long as the block lasts."""

ON = """EXISTS (
    SELECT 1 FROM pg_locks JOIN pg_class ON pg_class.oid = pg_locks.relation
    WHERE pg_locks.pid = pg_stat_activity.pid AND {}
)"""
ON_TOKENS = ON.format("relname LIKE 'tokens\\_%'")
"""What a node does beside its requests, like saying that it is there, waits for its own rows."""
SPENDS = ON.format("relname IN ('tokens_authorizationcode', 'tokens_refreshtoken') AND mode = 'RowExclusiveLock'")
"""What a request commits before it spends anything, like when a client's secret was last used, is not waited for."""
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def table(name: str) -> Barrier:
    """The first statement that names the table waits."""
    return partial(_held, sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(name)))


def row(name: str) -> Barrier:
    """The statement that spends the row waits: reading it does not."""
    return partial(_row, name)


@contextlib.contextmanager
def commit(url: str, key: str) -> Iterator[None]:
    """A commit is done, and the one who asked for it is never told: it waits for a standby that is not there."""
    with psycopg.connect(url, autocommit=True) as database:
        try:
            _standby(database, "nobody")
            until(partial(_commits_wait, url, database))
            yield
        finally:
            _standby(database, "")


@contextlib.contextmanager
def nothing(url: str, key: str) -> Iterator[None]:
    yield


def waiting(url: str) -> bool:
    """Whether a request's statement waits at a barrier."""
    held = f"(wait_event_type = 'Lock' AND {ON_TOKENS} OR wait_event = 'SyncRep' AND {SPENDS})"
    return _count(url, f"SELECT count(*) {OTHERS} AND {held}") > 0


def busy(url: str) -> bool:
    """Whether any connection is within a statement or a transaction."""
    return _count(url, f"SELECT count(*) {OTHERS} AND state <> 'idle'") > 0


@contextlib.contextmanager
def _row(name: str, url: str, key: str) -> Iterator[None]:
    statement = sql.SQL("SELECT 1 FROM {} WHERE key = {} FOR UPDATE").format(sql.Identifier(name), sql.Literal(key))
    with _held(statement, url, key):
        yield


@contextlib.contextmanager
def _held(statement: sql.Composed, url: str, key: str) -> Iterator[None]:
    with psycopg.connect(url) as holder:
        holder.execute(statement)
        yield
        holder.rollback()


def _standby(database: psycopg.Connection, name: str) -> None:
    database.execute(sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}").format(sql.Literal(name)))
    database.execute("SELECT pg_reload_conf()")


def _commits_wait(url: str, database: psycopg.Connection) -> bool:
    """Tries a commit of its own, which nobody waits for."""
    held = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'SyncRep'"
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as trial:
        trial.pgconn.send_query(b"SELECT pg_logical_emit_message(true, 'drill', '')")
        while trial.pgconn.is_busy():
            if database.execute(held, [trial.info.backend_pid]).fetchone():
                return True
            trial.pgconn.consume_input()
    return False


def _count(url: str, query: str) -> int:
    with psycopg.connect(url, autocommit=True) as database:
        row = database.execute(query).fetchone()
    assert row is not None
    count: int = row[0]
    return count
