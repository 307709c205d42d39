"""Rows of tables that expire, for drills of the clean-up: many at once, told apart by the instant of their expiry."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

KEY = "md5(random()::text) || md5(random()::text)"
TABLES = {
    "tokens_accesstoken": ("key, claims", f"{KEY}, '{{}}'::jsonb"),
    "tokens_clientassertion": ("key", KEY),
    "tokens_refreshtoken": (
        "key, authorization_id, client_id, generation, scope",
        f"{KEY}, left('0.' || {KEY}, 45), '0.c', 1, 'openid'",
    ),
    "tokens_revocation": ("key", f"'token:' || {KEY}"),
    "accounts_session": ("key_hash, version, session_data", f"{KEY}, left({KEY}, 22), ''"),
}
"""Columns without a default, and what stands in them; `expires` comes on top."""


@dataclass(frozen=True, slots=True)
class Rows:
    """So many of each table, which expire at one instant."""

    each: int
    expires: str

    def left(self, database: psycopg.Connection) -> int:
        return sum(_count(database, name, self.expires) for name in TABLES)

    @property
    def made(self) -> int:
        return self.each * len(TABLES)


def add(database: psycopg.Connection, each: int, interval: str) -> Rows:
    """Rows that expire `interval` from now."""
    row = database.execute("SELECT (now() + %s::interval)::text", [interval]).fetchone()
    assert row is not None
    for name, (columns, values) in TABLES.items():
        query = f"INSERT INTO {name} ({columns}, expires) SELECT {values}, %s::timestamptz FROM generate_series(1, %s)"  # noqa: S608 names of ours
        database.execute(query.encode(), [row[0], each])
    return Rows(each, row[0])


def spread(database: psycopg.Connection, each: int) -> Rows:
    """Rows that ended two days ago, each at another instant of an hour, in no order. Nothing else lies deleted."""
    for name, (columns, values) in TABLES.items():
        database.execute(f"VACUUM {name}".encode())
        expires = "now() - interval '2 days' - random() * interval '1 hour'"
        query = f"INSERT INTO {name} ({columns}, expires) SELECT {values}, {expires} FROM generate_series(1, %s)"  # noqa: S608 names of ours
        database.execute(query.encode(), [each])
        database.execute(f"ANALYZE {name}".encode())
    return Rows(each, "")


def ended(database: psycopg.Connection) -> int:
    """How many there are that the clean-up may delete."""
    tables = " UNION ALL ".join(f"SELECT 1 FROM {name} WHERE expires < now() - interval '1 day'" for name in TABLES)  # noqa: S608 names of ours
    return _number(database, f"SELECT count(*) FROM ({tables}) ended")  # noqa: S608 as above


def deleted(database: psycopg.Connection) -> int:
    """How many PostgreSQL has counted, some seconds after they went."""
    return _number(database, "SELECT sum(n_tup_del)::bigint FROM pg_stat_user_tables WHERE relname = ANY(%s)")


def looked_at(database: psycopg.Connection) -> int:
    """How many entries of the indexes of ends, as far as it has counted them: of rows that were deleted, too."""
    query = "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = ANY(%s)"
    return _number(database, query + " AND indexrelname LIKE '%%expires%%'")


def oldest(database: psycopg.Connection) -> float:
    """Seconds since the first of what is there expired."""
    return max(_age(database, name) for name in TABLES)


def _number(database: psycopg.Connection, query: str) -> int:
    row = database.execute(query.encode(), [list(TABLES)] if "%s" in query else []).fetchone()
    assert row is not None
    return int(row[0])


def _age(database: psycopg.Connection, name: str) -> float:
    query = sql.SQL("SELECT coalesce(extract(epoch FROM now() - min(expires)), 0) FROM {}").format(sql.Identifier(name))
    row = database.execute(query).fetchone()
    assert row is not None
    return float(row[0])


def _count(database: psycopg.Connection, name: str, expires: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {} WHERE expires = %s::timestamptz").format(sql.Identifier(name))
    row = database.execute(query, [expires]).fetchone()
    assert row is not None
    count: int = row[0]
    return count
