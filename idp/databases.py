"""Django's DATABASES from `DATABASE_URL`, with the options that keep each database honest under load."""

from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, unquote_to_bytes, urlsplit

POSTGRESQL_TIMEOUTS = {
    "statement_timeout": "3s",
    # Longer than the server's deadlock_timeout, 1 s: else both sides of a deadlock would give up before it is found.
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
}
MARIADB_SESSION = {
    # Strict: what does not fit is refused, never cut. PIPES_AS_CONCAT: `||` is SQL's own, not another OR.
    "sql_mode": "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT'",
    # Its clock tells what Django takes it for.
    "time_zone": "'+00:00'",
    # Seconds.
    "max_statement_time": "3",
    "innodb_lock_wait_timeout": "1",
    "lock_wait_timeout": "1",
    "idle_transaction_timeout": "10",
}
MARIADB_OPTIONS = ("ssl_ca", "ssl_cert", "ssl_key")

UNREADABLE = "DATABASE_URL: it is not a URL; is a special character of its password not percent-encoded (%2F for /)?"
"""No fault repeats any of the URL: what stands where a port or a scheme is looked for may be a password."""
UNKNOWN = "DATABASE_URL: it must begin with postgresql://, mysql:// or sqlite:///"
UNKNOWN_OPTION = f"DATABASE_URL: the options of mysql:// are host, {', '.join(MARIADB_OPTIONS)}"


def database(url: str, pool: int) -> tuple[dict[str, Any], list[str]]:
    """The settings of the database at `url`, and what is wrong with it. `pool`: the most connections of one process."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in _KINDS:
            return {}, [UNKNOWN]
        query = dict(parse_qsl(parts.query))
        if parts.scheme in MARIADB and not query.keys() <= {"host", *MARIADB_OPTIONS}:
            return {}, [UNKNOWN_OPTION]
        return _KINDS[parts.scheme](parts, query, pool), []
    except ValueError:
        return {}, [UNREADABLE]


def _sqlite(parts: SplitResult, query: dict[str, str], pool: int) -> dict[str, Any]:
    # sqlite:///relative and sqlite:////absolute, as everywhere.
    path = unquote(parts.path)[1:]
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # A file as in production: in memory there is neither a lock to wait for nor a second process.
        "TEST": {"NAME": f"{path}.test"},
        "OPTIONS": {
            # A transaction takes the write lock when it begins: two that upgrade later would fail at once, not wait.
            "transaction_mode": "IMMEDIATE",
            "timeout": 2,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


def _postgresql(parts: SplitResult, query: dict[str, str], pool: int) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        **_server(parts, query),
        "PASSWORD": unquote(parts.password or ""),
        "OPTIONS": {
            "connect_timeout": 2,
            # A server that went away without a word is noticed in seconds, not after the system's quarter of an hour.
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 5,
            "keepalives_interval": 5,
            "keepalives_count": 2,
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


def _mariadb(parts: SplitResult, query: dict[str, str], pool: int) -> dict[str, Any]:
    server = _server(parts, query)
    # A certificate authority is named to have the server's certificate judged by it, and the name in it.
    verify = {"ssl_verify_cert": True, "ssl_verify_identity": True} if "ssl_ca" in query else {}
    return {
        "ENGINE": "idp.mariadb",
        **server,
        # As bytes: PyMySQL would take a text for Latin-1.
        "PASSWORD": unquote_to_bytes(parts.password or ""),
        # No pool: each thread keeps its connection, and looks at the start of a request whether it still works.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "isolation_level": "read committed",
            "connect_timeout": 2,
            # The server gives up first, and says why; these are for one that says nothing.
            "read_timeout": 4,
            "write_timeout": 4,
            "init_command": f"SET SESSION {', '.join(f'{name}={value}' for name, value in MARIADB_SESSION.items())}",
            **verify,
            **query,
        },
    }


def _server(parts: SplitResult, query: dict[str, str]) -> dict[str, str]:
    """Where the server is and who we are there; `host` is taken out of the query."""
    # A socket cannot stand in the authority: postgresql:///name?host=/run/postgresql, mysql:///name?host=/run/mysqld.sock
    return {
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


MARIADB = ("mysql", "mariadb")
_KINDS: dict[str, Callable[[SplitResult, dict[str, str], int], dict[str, Any]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "postgres": _postgresql,
    **dict.fromkeys(MARIADB, _mariadb),
}
