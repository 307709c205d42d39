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


def oldest(database: psycopg.Connection) -> float:
    """Seconds since the first of what is there expired."""
    return max(_age(database, name) for name in TABLES)


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
