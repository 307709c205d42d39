"""A cursor that takes along what waits for the next statement."""

from collections.abc import Iterable
from typing import Any, Self, cast

import psycopg
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg.abc import Params, QueryNoTemplate

from idp.postgresql.connection import Connection


class Cursor(ServerBindingCursor, psycopg.Cursor[Any]):
    def execute(self, query: QueryNoTemplate, params: Params | None = None, **how: Any) -> Self:  # type: ignore[override]  # Django writes no templates
        travelling = cast(Connection, self.connection).travelling
        if travelling.holds:
            travelling.hold(query, params)
            return self
        before = travelling.take()
        if not before:
            return super().execute(query, params, **how)
        # What is several statements cannot be prepared.
        super().execute("; ".join([*before, travelling.text(query, params)]).encode(), prepare=False)
        for _ in before:
            self.nextset()
        return self

    def executemany(self, query: QueryNoTemplate, params_seq: Iterable[Params], **how: Any) -> None:  # type: ignore[override]  # as above
        self._send()
        super().executemany(query, params_seq, **how)

    def copy(self, *statement: Any, **how: Any) -> Any:
        self._send()
        return super().copy(*statement, **how)

    def _send(self) -> None:
        """What these cannot take along goes alone."""
        if before := cast(Connection, self.connection).travelling.take():
            super().execute("; ".join(before).encode(), prepare=False)
