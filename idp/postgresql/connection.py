"""A connection that never waits for ever, and whose limits were set on it after it was made."""

import select
import time
from collections.abc import Generator, Mapping
from secrets import token_hex
from typing import Any, Self, TypeVar

import psycopg

from accounts.ground import clock
from idp.postgresql.travelling import Travelling, one_text

LIMITS: Mapping[str, str] = {
    "statement_timeout": "3s",
    # Longer than the server's deadlock_timeout, 1 s: else both sides of a deadlock would give up before it is found.
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    # A statement outside a transaction has it too: two that meet wait for each other, and none is refused for it.
    "default_transaction_isolation": "read committed",
}
"""Set by a statement: what is asked for while connecting a pooler may drop, and the URL's own options may say
otherwise."""
DEADLINE = 4.0
"""Seconds for an answer. The server gives up before, and says why: who says nothing for so long has frozen, or is a
connection that nobody holds at its other end, though what lies between acknowledges what it is sent."""
IDLE = 5.0
"""Seconds after which a connection is asked before it is used, and not only looked at."""
PROOF = 2.0
"""Seconds for the answer to that."""
MARK = "idp.session"
"""A setting of ours, with another value in each session: another's value means that a pooler shares the sessions."""

SHARED = (
    "a pooler gives one session of the database to several connections: it has to be in session mode"
    " (`pool_mode = session` of PgBouncer)"
)

Returned = TypeVar("Returned")


class Connection(psycopg.Connection[Any]):
    deadline: float | None = DEADLINE
    """Seconds; None where a statement may take as long as it likes."""
    silent = False
    """Whether a statement was not answered in time. Then it is closed."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.made_at = self.heard_at = time.monotonic()
        self.mark = token_hex(8)
        self.travelling = Travelling(self.pgconn)

    @classmethod
    def connect(cls, *arguments: Any, **named: Any) -> Self:
        """As psycopg has it, but always in autocommit: transactions are `Travelling`'s. Sets the limits, and tells the
        clock what the database's says."""
        made = super().connect(*arguments, **{**named, "autocommit": True})
        try:
            made.begin()
        except BaseException:
            made.close()
            raise
        return made

    def begin(self) -> None:
        """Sets the limits, in one statement."""
        values = [*LIMITS.items(), (MARK, self.mark)]
        each = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in values)
        before = time.monotonic()
        cursor = psycopg.Cursor(self).execute(f"SELECT extract(epoch FROM clock_timestamp())::float8, {each}".encode())  # noqa: S608 names of ours
        for instant, *_ in cursor:
            clock.tell(instant, before, time.monotonic())

    def commit(self) -> None:
        """Raises InFailedSqlTransaction where a statement has failed: the server would only take all back."""
        if last := self.travelling.take_last():
            with self.travelling.sent(last):
                psycopg.Cursor(self).execute(one_text(last), prepare=False)
        else:
            super().commit()

    def rollback(self) -> None:
        self.travelling.forget()
        super().rollback()

    def wait(
        self,
        gen: Generator[Any, Any, Returned],
        interval: float = 0.1,
        timeout: float | None = None,
    ) -> Returned:
        """Everything that is asked of the server is waited for here. Raises OperationalError, and closes the
        connection, where no answer came in time."""
        try:
            answer = super().wait(gen, interval, self._deadline() if timeout is None else timeout)
        except psycopg.OperationalError:
            if timeout is not None or self.pgconn.transaction_status != psycopg.pq.TransactionStatus.ACTIVE:
                raise
            self.silent = True
            self.close()
            raise psycopg.OperationalError(f"the server did not answer within {self._deadline()} s") from None
        self.heard_at = time.monotonic()
        return answer

    def _deadline(self) -> float | None:
        """For what is under way."""
        return self.deadline * self.travelling.together if self.deadline is not None else None

    def is_fit(self) -> bool:
        """Whether it can be used: it was not closed while it lay idle and, after a while, its server answers."""
        try:
            self._take_what_came()
            if time.monotonic() - self.heard_at > IDLE:
                self._ask()
        except psycopg.Error:
            return False
        return not self.closed

    def _take_what_came(self) -> None:
        """Of an idle connection that is a notice, or the end: reading it tells which. No round trip."""
        while _is_readable(self.pgconn.socket):
            self.pgconn.consume_input()

    def _ask(self) -> None:
        usual, self.deadline = self.deadline, PROOF
        try:
            psycopg.Cursor(self).execute("")
        finally:
            self.deadline = usual


def _is_readable(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
