"""What need not travel to the server alone: BEGIN goes with the first statement of a transaction, COMMIT with the last
where nobody waits for what that one says. A transaction costs no round trip beyond its statements' then.

psycopg's pipeline does the same on another way, and takes more of the processor than the round trips that it saves
(docs/decisions/0043).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGconn

BEGIN, COMMIT = "BEGIN", "COMMIT"


class Travelling:
    """What waits for the next statement of a connection. psycopg knows the connection only as one in autocommit."""

    def __init__(self, pgconn: PGconn) -> None:
        self._pgconn = pgconn
        self._held: list[str] = []
        self._begins = False
        self.together = 1
        """How many statements are under way that may take their time. Each has the server's limits for itself."""

    @property
    def begins(self) -> bool:
        """Whether a statement outside a transaction begins one."""
        return self._begins

    def begin(self, begins: bool) -> None:
        """ProgrammingError within a transaction, as psycopg has it: it would go on, and nobody would end it."""
        if self._held or not self._is_outside:
            raise psycopg.ProgrammingError("a transaction is open: it has to be committed or rolled back before")
        self._begins = begins

    def hold(self, text: str) -> None:
        """Lets a statement wait, its values in it: only such ones travel together."""
        self._held.append(text)

    @property
    def waits(self) -> bool:
        """Whether anything has to go before the next statement."""
        return bool(self._held) or self._is_outside

    @property
    def _is_outside(self) -> bool:
        return self._pgconn.transaction_status == TransactionStatus.IDLE

    def take(self) -> list[str]:
        """What has to go before the next statement."""
        if not self._begins:
            return []
        begin = [BEGIN] if self._is_outside else []
        held, self._held = self._held, []
        return begin + held

    def take_last(self) -> list[str]:
        """What COMMIT travels with. InFailedSqlTransaction where the server would take all back at it, and not say so:
        somebody has caught what they should not have."""
        if self._pgconn.transaction_status == TransactionStatus.INERROR:
            raise psycopg.errors.InFailedSqlTransaction("a statement failed: the transaction cannot be committed")
        return [*self.take(), COMMIT] if self._held else []

    @contextmanager
    def sent(self, statements: Sequence[str]) -> Iterator[None]:
        """They are under way meanwhile."""
        self.together = max(1, sum(each not in (BEGIN, COMMIT) for each in statements))
        try:
            yield
        finally:
            self.together = 1

    def forget(self) -> None:
        """What waits is for a transaction, or a part of one, that is given up."""
        self._held = []

    def end(self) -> None:
        """Whoever has the connection next finds it as it was made."""
        self._begins = False
        self.forget()


def one_text(statements: Sequence[str]) -> bytes:
    """On lines of their own: one may end in a comment."""
    return "\n;\n".join(statements).encode()
