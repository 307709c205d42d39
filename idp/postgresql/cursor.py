"""A cursor whose statements travel together where they may."""

from collections.abc import Iterable, Sequence
from typing import Any, Self, cast

import psycopg
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg.abc import Params, QueryNoTemplate

from idp.postgresql.connection import Connection
from idp.postgresql.travelling import Travelling, one_text


class Cursor(ServerBindingCursor, psycopg.Cursor[Any]):
    travels = False
    """Whether what it executes may go as one text with what waits, its values in it. Else that goes before, alone."""
    holds = False
    """Whether what it executes waits for what comes next within a transaction, which is told of its failure too."""

    def execute(self, query: QueryNoTemplate, params: Params | None = None, **how: Any) -> Self:  # type: ignore[override]  # Django writes no templates
        travelling = self._travelling
        if not travelling.begins:
            return super().execute(query, params, **how)
        if self.holds:
            travelling.hold(self._text(query, params))
            return self
        if not self.travels or not travelling.waits:
            self._send(travelling.take())
            return super().execute(query, params, **how)
        # Before what waits is taken: it waits on where this cannot be written.
        text = self._text(query, params)
        before = travelling.take()
        self._send([*before, text])
        for _ in before:
            self.nextset()
        return self

    def executemany(self, query: QueryNoTemplate, params_seq: Iterable[Params], **how: Any) -> None:  # type: ignore[override]  # as above
        self._send(self._travelling.take())
        super().executemany(query, params_seq, **how)

    def copy(self, *statement: Any, **how: Any) -> Any:
        self._send(self._travelling.take())
        return super().copy(*statement, **how)

    def stream(self, *statement: Any, **how: Any) -> Any:
        self._send(self._travelling.take())
        return super().stream(*statement, **how)

    @property
    def _travelling(self) -> Travelling:
        return cast(Connection, self.connection).travelling

    def _text(self, query: QueryNoTemplate, params: Params | None) -> str:
        return psycopg.ClientCursor(self.connection).mogrify(query, params)

    def _send(self, statements: Sequence[str]) -> None:
        """What is several statements cannot be prepared."""
        if statements:
            with self._travelling.sent(statements):
                super().execute(one_text(statements), prepare=False)
