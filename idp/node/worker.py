"""gunicorn's worker with threads, one of which stays with its connection as long as the next request is there.

gunicorn gives a connection back to its main thread after each answer, which hands it to a thread again: two changes of
threads, that cost more than many an answer (docs/decisions/0042).
"""

import select

from gunicorn.workers.gthread import TConn, ThreadWorker

LINGER = 5
"""Milliseconds. Who has more to ask, as a proxy has, does so on the connection that was just answered."""


class Worker(ThreadWorker):  # type: ignore[misc]  # not typed
    def handle(self, conn: TConn) -> object:
        """Answers what is asked on the connection. Whoever waits for a thread goes first."""
        kept = super().handle(conn)
        while kept is True and self.alive and not self.tpool._work_queue.qsize() and _asks_again(conn):  # noqa: SLF001 nothing else tells who waits
            kept = super().handle(conn)
        return kept


def _asks_again(conn: TConn) -> bool:
    """Whether the next request, or a part of it, is there or comes in time."""
    if conn.parser.unreader.buf.getvalue():
        return True
    poll = select.poll()
    poll.register(conn.sock, select.POLLIN)
    return bool(poll.poll(LINGER))
