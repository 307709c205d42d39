"""Replaces broken connections in the pool: a database that restarts breaks all of them at once."""

from threading import Lock, Thread

from django.db import connection

_checking = Lock()


def replace_broken() -> None:
    """Where this request's connection broke, has the pool check its idle ones, in a thread. Without it each of them
    would cost a request."""
    pool = getattr(connection, "pool", None)
    broke = connection.connection is not None and bool(getattr(connection.connection, "closed", False))
    if pool and broke and _checking.acquire(blocking=False):
        Thread(target=_check, args=(pool,), daemon=True).start()


def _check(pool: object) -> None:
    try:
        pool.check()  # type: ignore[attr-defined]  # Django does not say what its pool is
    finally:
        _checking.release()
