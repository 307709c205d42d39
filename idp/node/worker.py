"""gunicorn's worker with threads, one of which stays with its connection as long as the next request is there.

gunicorn gives a connection back to its main thread after each answer, which hands it to a thread again: two changes of
threads, that cost more than many an answer (docs/decisions/0042).
"""

import select
import socket
import time

from gunicorn.workers.gthread import TConn, ThreadWorker

LINGER = 5
"""Milliseconds. Who has more to ask, as a proxy has, does so on the connection that was just answered."""


LEAVE = 0.0001
"""Seconds for each connection that a process has, in which another may take the next one."""
MOST_LEFT = 10


class Worker(ThreadWorker):  # type: ignore[misc]  # not typed
    def accept(self, listener: socket.socket) -> None:
        """Leaves it to a process that has fewer. All are woken; whoever runs just then would take all that come at
        once, as when a proxy begins, and would be asked alone for as long as they are kept."""
        if self.cfg.workers > 1:
            time.sleep(min(self.nr_conns, MOST_LEFT) * LEAVE)
        super().accept(listener)

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
