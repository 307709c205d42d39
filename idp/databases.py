"""Django's DATABASES from `DATABASE_URL`, with the options that keep each database honest under load."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

POSTGRESQL_TIMEOUTS = {"statement_timeout": "3s", "lock_timeout": "1s", "idle_in_transaction_session_timeout": "10s"}

# Neither fault repeats any of the URL: what stands where a port or a scheme is looked for may be a password.
UNREADABLE = "DATABASE_URL: it is not a URL; is a special character of its password not percent-encoded (%2F for /)?"


def database(url: str, pool: int) -> tuple[dict[str, Any], list[str]]:
    """The settings of the database at `url`, and what is wrong with it. `pool`: the most connections of one process."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "sqlite":
            return _sqlite(unquote(parts.path)), []
        if parts.scheme in ("postgresql", "postgres"):
            return _postgresql(url, pool), []
    except ValueError:
        return {}, [UNREADABLE]
    return {}, ["DATABASE_URL: it must begin with postgresql:// or sqlite:///"]


def _sqlite(path: str) -> dict[str, Any]:
    # sqlite:///relative and sqlite:////absolute, as everywhere.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path[1:],
        # A file as in production: in memory there is neither a lock to wait for nor a second process.
        "TEST": {"NAME": f"{path[1:]}.test"},
        "OPTIONS": {
            # A transaction takes the write lock when it begins: two that upgrade later would fail at once, not wait.
            "transaction_mode": "IMMEDIATE",
            "timeout": 2,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


def _postgresql(url: str, pool: int) -> dict[str, Any]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    # A socket folder cannot stand in the authority: postgresql:///name?host=/run/postgresql
    host = query.pop("host", "") or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": {
            "connect_timeout": 2,
            # A pool that cannot connect gives up after a second, and tries again for the next request: it would wait
            # twice as long each time, and be minutes late for a database that is back.
            "pool": {"min_size": 1, "max_size": pool, "timeout": 2, "max_idle": 60, "reconnect_timeout": 1},
            "options": " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_TIMEOUTS.items()),
            # Statements that repeat are prepared on the server: a third less of its time.
            "server_side_binding": True,
            "prepare_threshold": 2,
            **query,
        },
    }
