"""What our log tells of others: what an exception from outside our code says of itself, and what other people's loggers
say, may hold a token, a secret, a body. Its kind, its code and where it happened are told, its words are not.

Under IDP_DEBUG, on somebody's own machine, all is told.
"""

import logging
import os
import threading
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

OURS = ("accounts", "tokens", "idp")
KNOWN = ("celery", "kombu", "django.request", "django.security")
"""Loggers whose texts are names: of tasks, brokers, paths. What is refused is told by `accounts.site.refusal_lines`."""
NAMES = ("name", "id", "description", "runtime")
"""What Celery's lines of tasks say of one; the rest is what it was given, answered or raised."""
WITHHELD = "…"
NO_TEMPLATE = "a line whose words may hold anything, at %s:%d"
SAID_OF_CONNECTIONS = ("08", "28", "3D", "53", "57")
"""Classes of SQLSTATE of which the server's words are about the connection, and nothing that was sent over it."""
SAID_BY_CLIENTS = (
    *("psycopg.OperationalError", "psycopg_pool.PoolTimeout"),
    *("redis.exceptions.ConnectionError", "redis.exceptions.TimeoutError"),
)
"""Exceptions of which, without a SQLSTATE, the words are the driver's about the connection."""
MOST = 20
"""Exceptions that are told of one failure: what caused what."""

logger = logging.getLogger("idp.threads")


class LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Another handler may have left in the record what it made of the exception."""
        before, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = before

    def formatException(  # noqa: N802 its name in logging
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        error = ei[1]
        return "".join(_failure(error, set())).rstrip("\n") if error is not None else ""


class ForeignFilter(logging.Filter):
    """Leaves what our loggers say. Of others the template stays, with the numbers in it, and names where it is KNOWN
    that texts are names."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _is_of(record.name, OURS):
            return True
        known = _is_of(record.name, KNOWN)
        if isinstance(record.msg, str) and (record.args or known):
            record.args = _arguments(record.args, known=known)
        else:
            record.msg, record.args = NO_TEMPLATE, (record.filename, record.lineno)
        record.stack_info = None
        return True


def tell_of_threads() -> None:
    """From now on the end of a thread by an exception is a line of the log like any other."""
    threading.excepthook = _ended


def told(error: BaseException) -> str:
    """One exception: what it says of itself only where that is ours, the system's or about a connection."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    words = _words(error)
    return f"{kind}: {words}" if words else kind


def _words(error: BaseException) -> str:
    if _is_of(type(error).__module__, OURS):
        return str(error)
    if isinstance(error, OSError) and isinstance(error.errno, int):
        return os.strerror(error.errno)
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        said = str(error) if sqlstate.startswith(SAID_OF_CONNECTIONS) else ""
        return f"SQLSTATE {sqlstate} {said}".rstrip()
    if f"{type(error).__module__}.{type(error).__name__}" in SAID_BY_CLIENTS:
        return str(error)
    code = error.args[0] if error.args else None  # MariaDB's number
    return str(code) if isinstance(code, int) else ""


def _failure(error: BaseException, seen: set[int]) -> Iterator[str]:
    """As Python prints it: first what caused it."""
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    grouped = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for each in (*grouped, *([before] if before is not None else [])):
        if id(each) not in seen and len(seen) < MOST:
            yield from _failure(each, seen)
            yield "\nand then\n\n"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__)
    yield f"{told(error)}\n"


def _arguments(args: Any, *, known: bool) -> Any:
    if isinstance(args, Mapping):
        return {name: _argument(value, known=known and name in NAMES) for name, value in args.items()}
    return tuple(_argument(value, known=known) for value in args or ())


def _argument(value: object, *, known: bool) -> object:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, BaseException):
        return told(value)
    return str(value) if known and isinstance(value, str) else WITHHELD


def _is_of(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def _ended(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is None or isinstance(ended.exc_value, SystemExit):
        return
    raised = (type(ended.exc_value), ended.exc_value, ended.exc_traceback)
    logger.error("the thread %s ended", ended.thread.name if ended.thread is not None else "", exc_info=raised)
