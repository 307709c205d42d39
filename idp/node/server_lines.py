"""What gunicorn says in a worker: its own lines quote a request that it could not read, with all that stands in it."""

import logging
import sys
import traceback
from pathlib import Path

SAFE = frozenset(
    {
        "Worker exiting (pid: %s)",
        "Parent changed, shutting down: %s",
        "Autorestarting worker after current request.",
        "Closing connection.",
        "Failed to send error message.",
        "Ignoring connection reset",
        "Ignoring socket not connected",
        "Ignoring connection epipe",
    }
)
"""They hold nothing of a request. Whatever else there is, in this release or another, is told without its words."""
WITHHELD = "a request could not be read or answered: %s"
LOGGERS = ("gunicorn.error", "gunicorn.http.wsgi")


class ServerLineFilter(logging.Filter):
    """Leaves a line that is SAFE as it is, and of any other the level, what was raised, and where."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg in SAFE:
            return True
        error = record.exc_info[1] if record.exc_info else sys.exc_info()[1]
        record.msg, record.args = WITHHELD, (_where(error),)
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def withhold() -> None:
    """In this process, a worker, from now on."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(ServerLineFilter())


def _where(error: BaseException | None) -> str:
    """Its type and the line of code, without what it says."""
    if error is None:
        return "-"
    frames = traceback.extract_tb(error.__traceback__)
    return " at ".join([type(error).__name__, *[f"{Path(each.filename).name}:{each.lineno}" for each in frames[-1:]]])
