"""The backend. Django looks for this module, and for this class in it."""

import time
from datetime import UTC
from functools import cache
from threading import Lock
from typing import Any, cast

import psycopg
from django.db.backends.postgresql import base, psycopg_any
from django.db.backends.utils import CursorWrapper
from psycopg import IsolationLevel
from psycopg.abc import Loader
from psycopg.adapt import AdaptersMap
from psycopg.pq import Format

from idp.postgresql.connection import Connection
from idp.postgresql.cursor import Cursor

INSTANT = psycopg.postgres.types["timestamptz"].oid
_renewing = Lock()
_renewed_at = float("-inf")
"""On the monotonic clock: what was made before has been replaced."""


@cache
def _adapters() -> AdaptersMap:
    """Django's, but that psycopg itself reads instants: Django's way, in Python, takes each apart once more, to give it
    the time zone that it has already."""
    adapters = AdaptersMap(psycopg_any.get_adapters_template(use_tz=True, timezone=UTC))
    adapters.register_loader(INSTANT, cast(type[Loader], psycopg.adapters.get_loader(INSTANT, Format.TEXT)))
    return adapters


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, settings_dict: dict[str, Any], *arguments: Any, **named: Any) -> None:
        super().__init__(settings_dict, *arguments, **named)
        if pool := settings_dict["OPTIONS"].get("pool"):
            pool["connection_class"] = Connection

    def get_connection_params(self) -> dict[str, Any]:
        return super().get_connection_params() | {
            "context": _adapters(),
            "cursor_factory": Cursor,
        }

    def create_cursor(self, name: str | None = None) -> psycopg.Cursor[Any]:
        """As Django's, without a look at who reads instants."""
        if name is None:
            return cast(psycopg.Cursor[Any], self.connection.cursor())
        if begins := self.connection.travelling.begins:
            self.connection.cursor().execute("")
        return cast(psycopg.Cursor[Any], self.connection.cursor(name, scrollable=False, withhold=not begins))

    def travelling_cursor(self, *, holds: bool = False) -> CursorWrapper:
        """For statements of ours, which are written so that they may travel; `holds` as in `Cursor`."""
        made = self.cursor()
        made.cursor.travels, made.cursor.holds = True, holds
        return made

    def _set_autocommit(self, autocommit: bool) -> None:
        with self.wrap_database_errors:
            self.connection.travelling.begin(not autocommit)

    def _savepoint_rollback(self, sid: str) -> None:
        # To begin a savepoint sends what waited: all that waits now came after it.
        self.connection.travelling.forget()
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # django-stubs does not know it

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """One of the pool's that can be used, or one without a pool."""
        if self.pool is None:
            self.isolation_level = IsolationLevel.READ_COMMITTED
            return Connection.connect(**conn_params)
        taken: Connection = super().get_new_connection(conn_params)
        while not taken.is_fit():
            self._give_up(taken)
            taken = super().get_new_connection(conn_params)
        return taken

    def is_usable(self) -> bool:
        return self.connection is not None and self.connection.is_fit()

    def _close(self) -> None:
        held: Connection | None = self.connection
        if held is not None:
            held.travelling.end()
        super()._close()  # type: ignore[misc]  # django-stubs does not know it
        if self.pool is not None and held is not None and held.silent:
            self._renew(held)

    def _give_up(self, taken: Connection) -> None:
        """The pool discards what is closed, and makes another."""
        taken.close()
        self.pool.putconn(taken)
        if taken.silent:
            self._renew(taken)

    def _renew(self, silent: Connection) -> None:
        """The others most likely lead to the same server that says nothing: all of them are made anew. Once: one that
        was made since tells something new."""
        global _renewed_at
        with _renewing:
            if silent.made_at > _renewed_at:
                _renewed_at = time.monotonic()
                self.pool.drain()
