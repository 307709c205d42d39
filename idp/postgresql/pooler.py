"""Whether a pooler lies between that gives one session of the database to several connections, as PgBouncer in
transaction mode does. Sessions are what limits, prepared statements and advisory locks hang on: it is refused."""

import psycopg
from django.db import connections
from django.db.utils import DEFAULT_DB_ALIAS

from idp.postgresql.connection import SHARED, Connection


def fault() -> str | None:
    """One line; None where all is well, or nobody answers. Two connections ask who serves them, the second within a
    transaction, which takes the session that the first one used a moment ago, if it is shared."""
    if connections[DEFAULT_DB_ALIAS].vendor != "postgresql":
        return None
    try:
        with _connect() as first:
            served = _server(first)
            with _connect() as second, second.transaction():
                shared = _server(second) == served or _server(first) != served
    except psycopg.Error:
        return None
    return f"DATABASE_URL: {SHARED}" if shared else None


def _connect() -> Connection:
    return Connection.connect(**connections[DEFAULT_DB_ALIAS].get_connection_params())


def _server(connection: Connection) -> int:
    """The process of the database that serves it."""
    row = psycopg.Cursor(connection).execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0
