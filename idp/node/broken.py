"""A connection that broke tells of its neighbours in the pool: a database that restarts breaks all at once."""

from threading import Lock, Thread

from django.db import connection

_looking = Lock()


def look_at_the_others() -> None:
    """In a thread, where this request's connection broke: has the pool replace what is broken of the idle ones. Without
    it each would cost a request."""
    pool = getattr(connection, "pool", None)
    broke = connection.connection is not None and bool(getattr(connection.connection, "closed", False))
    if pool and broke and _looking.acquire(blocking=False):
        Thread(target=_look, args=(pool,), daemon=True).start()


def _look(pool: object) -> None:
    try:
        pool.check()  # type: ignore[attr-defined]  # Django does not say what its pool is
    finally:
        _looking.release()
