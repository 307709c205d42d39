"""The backend. Django looks for this module, and for this class in it."""

import time
from threading import Lock
from typing import Any

from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from idp.postgresql.connection import Connection

_renewing = Lock()
_renewed_at = float("-inf")
"""On the monotonic clock: what was made before has been replaced."""


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, settings_dict: dict[str, Any], *arguments: Any, **named: Any) -> None:
        super().__init__(settings_dict, *arguments, **named)
        if pool := settings_dict["OPTIONS"].get("pool"):
            pool["connection_class"] = Connection

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
