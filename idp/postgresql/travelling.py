"""What need not travel to the server alone: BEGIN goes with the first statement of a transaction, COMMIT with the last
where nobody waits for what that one says. A transaction costs no round trip beyond its statements' then.

psycopg's pipeline does the same on another way, and takes more of the processor than the round trips that it saves
(docs/decisions/0043).
"""

from typing import Any

import psycopg
from psycopg.abc import Params, Query
from psycopg.pq import TransactionStatus


class Travelling:
    """What waits for the next statement of a connection. psycopg knows the connection only as one in autocommit."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._writes = psycopg.ClientCursor(connection)
        self._held: list[str] = []
        self.begins = False
        """Whether a statement outside a transaction begins one."""
        self.holds = False
        """Whether what is executed waits for what comes next."""

    def hold(self, query: Query, values: Params | None) -> None:
        self._held.append(self.text(query, values))

    def text(self, query: Query, values: Params | None) -> str:
        """The statement with its values in it: only such ones travel together."""
        return self._writes.mogrify(query, values)

    def take(self) -> list[str]:
        """What has to go before the next statement."""
        if not self.begins:
            return []
        begin = ["BEGIN"] if self._connection.pgconn.transaction_status == TransactionStatus.IDLE else []
        held, self._held = self._held, []
        return begin + held

    def commit(self) -> bool:
        """Whether there was something to commit with."""
        if not self._held:
            return False
        psycopg.Cursor(self._connection).execute("; ".join([*self.take(), "COMMIT"]).encode(), prepare=False)
        return True

    def end(self) -> None:
        """Whoever has the connection next finds it as it was made."""
        self.begins = self.holds = False
        self.forget()

    def forget(self) -> None:
        """What waits is for a transaction that is given up."""
        self._held = []
