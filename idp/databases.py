"""Django's DATABASES from `DATABASE_URL`, with the options that keep each database honest under load."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, unquote_to_bytes, urlsplit

MYSQL_SESSION = {
    # Strict: what does not fit is refused, never cut. PIPES_AS_CONCAT: `||` is SQL's own, not another OR.
    "sql_mode": "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT'",
    # Its clock tells what Django takes it for.
    "time_zone": "'+00:00'",
    # Seconds.
    "innodb_lock_wait_timeout": "1",
    "lock_wait_timeout": "1",
}
"""What a connection to MariaDB or MySQL is set to."""
OF_MYSQL: Mapping[str, Mapping[str, str]] = {
    # Seconds.
    "MariaDB": {"max_statement_time": "3", "idle_transaction_timeout": "10"},
    # Milliseconds, of a SELECT alone; and seconds that a connection may lie idle, within a transaction or not: as long
    # as we keep one.
    "MySQL": {"max_execution_time": "3000", "wait_timeout": "60"},
}
"""And to what only one of the two knows."""
PORT, ORACLE_PORT = 5432, 1521
KEPT = 60  # seconds
MYSQL_OPTIONS = ("ssl_ca", "ssl_cert", "ssl_key")
POSTGRESQL_OPTIONS = (
    *("application_name", "channel_binding", "gssencmode", "hostaddr", "krbsrvname", "passfile", "require_auth"),
    *("service", "sslcert", "sslcrl", "sslkey", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert"),
    *("ssl_min_protocol_version", "target_session_attrs", "options"),
)
"""What libpq is told by the URL. What else it knows is ours to say: how long it waits, and who it is."""

UNREADABLE = "DATABASE_URL: it is not a URL; is a special character of its password not percent-encoded (%2F for /)?"
"""No fault repeats any of the URL: what stands where a port or a scheme is looked for may be a password."""
UNKNOWN = "DATABASE_URL: it must begin with postgresql://, mysql://, oracle:// or sqlite:///"
UNKNOWN_OPTIONS = "DATABASE_URL: the options of {scheme}:// are {options}"
NO_NAME = "DATABASE_URL: it names no database: {scheme}://[USER:PASSWORD@]HOST[:PORT]/NAME"
NO_DRIVER = "DATABASE_URL: oracle:// needs python-oracledb: install requirements/oracle.txt, too"
NO_SERVICE = "DATABASE_URL: oracle://[USER:PASSWORD@]HOST[:PORT]/SERVICE, with ?protocol=tcps for TLS"
NO_FILE = "DATABASE_URL: sqlite:/// names a file: sqlite:///relative or sqlite:////absolute, without options"
IN_MEMORY = (
    "DATABASE_URL: a SQLite database in memory is gone with its connection, and each thread would have another: name a"
    " file"
)


class _Fault(Exception):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """How a process connects. `pool`: so many at the most. `prepare_threshold`: so many times a statement runs before
    it is prepared on the server; 0: never."""

    pool: int
    prepare_threshold: int


def database(url: str, how: Connections) -> tuple[dict[str, Any], list[str]]:
    """The settings of the database at `url`, and what is wrong with it."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in _KINDS:
            raise _Fault(UNKNOWN)
        if "#" in url:  # of a password, what follows would silently be left out
            raise _Fault(UNREADABLE)
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        return _KINDS[parts.scheme](parts, query, how), []
    except _Fault as fault:
        return {}, [str(fault)]
    except ValueError:
        return {}, [UNREADABLE]


def _sqlite(parts: SplitResult, query: dict[str, str], how: Connections) -> dict[str, Any]:
    # sqlite:///relative and sqlite:////absolute, as everywhere.
    path = unquote(parts.path)[1:]
    if parts.netloc or query or not path or path.endswith("/"):
        raise _Fault(NO_FILE)
    if path == ":memory:" or path.startswith("file:"):  # the latter is a URL to SQLite, with `mode=memory` perhaps
        raise _Fault(IN_MEMORY)
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


def _postgresql(parts: SplitResult, query: dict[str, str], how: Connections) -> dict[str, Any]:
    account, _, places = parts.netloc.rpartition("@")
    several = _several(places) if "," in places else {}
    return {
        "ENGINE": "idp.postgresql",
        **_server(parts._replace(netloc=f"{account}@") if several else parts, query, POSTGRESQL_OPTIONS),
        **several,
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
            "pool": {"min_size": 1, "max_size": how.pool, "timeout": 2, "max_idle": 60, "reconnect_timeout": 1},
            # Statements that repeat are prepared on the server: a third less of its time.
            "server_side_binding": True,
            "prepare_threshold": how.prepare_threshold or None,
            # Of several servers the one that takes writes, whichever it is by now.
            **({"target_session_attrs": "read-write"} if several else {}),
            **query,
        },
    }


def _mysql(parts: SplitResult, query: dict[str, str], how: Connections) -> dict[str, Any]:
    server = _server(parts, query, MYSQL_OPTIONS)
    # A certificate authority is named to have the server's certificate judged by it, and the name in it.
    verify = {"ssl_verify_cert": True, "ssl_verify_identity": True} if "ssl_ca" in query else {}
    return {
        "ENGINE": "idp.mariadb",
        **server,
        # As bytes: PyMySQL would take a text for Latin-1.
        "PASSWORD": unquote_to_bytes(parts.password or ""),
        # No pool: each thread keeps its connection, and looks at the start of a request whether it still works.
        "CONN_MAX_AGE": KEPT,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "isolation_level": "read committed",
            "connect_timeout": 2,
            # The server gives up first, and says why; these are for one that says nothing.
            "read_timeout": 4,
            "write_timeout": 4,
            # Before anybody knows which of the two it is: what stands in these comments is read by one of them alone.
            "init_command": f"SET SESSION {_set(MYSQL_SESSION)}"
            f" /*M! , {_set(OF_MYSQL['MariaDB'])} */ /*!80400 , {_set(OF_MYSQL['MySQL'])} */",
            **verify,
            **query,
        },
    }


def _set(variables: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in variables.items())


def _oracle(parts: SplitResult, query: dict[str, str], how: Connections) -> dict[str, Any]:
    if importlib.util.find_spec("oracledb") is None:
        raise _Fault(NO_DRIVER)
    protocol = query.pop("protocol", "tcp")
    server = _server(parts, query, ("protocol",))
    if protocol not in ("tcp", "tcps") or not server["HOST"]:
        raise _Fault(NO_SERVICE)
    place = f"[{server['HOST']}]" if ":" in server["HOST"] else server["HOST"]
    return {
        "ENGINE": "idp.oracle",
        **server,
        # Django takes a name that stands beside a host for a SID, and this is a service.
        "NAME": f"{protocol}://{place}:{server['PORT'] or ORACLE_PORT}/{server['NAME']}",
        "HOST": "",
        "PORT": "",
        "PASSWORD": unquote(parts.password or ""),
        "CONN_MAX_AGE": KEPT,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"tcp_connect_timeout": 2, "retry_count": 0},
    }


def _several(places: str) -> dict[str, str]:
    """`HOST[:PORT],…`, as libpq has a list of them."""
    each = [urlsplit(f"//{place}") for place in places.split(",")]
    if not all(place.hostname for place in each):
        raise ValueError("a place without a host")
    hosts, ports = (place.hostname or "" for place in each), (str(place.port or PORT) for place in each)
    return {"HOST": ",".join(hosts), "PORT": ",".join(ports)}


def _server(parts: SplitResult, query: dict[str, str], options: tuple[str, ...]) -> dict[str, str]:
    """Where the server is and who we are there; `host` is taken out of the query, which has only `options` then."""
    # A socket cannot stand in the authority: postgresql:///name?host=/run/postgresql, mysql:///name?host=/run/mysqld.sock
    named = query.pop("host", "")
    if not query.keys() <= set(options):
        raise _Fault(UNKNOWN_OPTIONS.format(scheme=parts.scheme, options=", ".join(("host", *options))))
    name = parts.path[1:]
    if not name:
        raise _Fault(NO_NAME.format(scheme=parts.scheme))
    if set(name) & set("/@:"):  # the rest of a password with a slash, as a rule
        raise _Fault(UNREADABLE)
    return {
        "NAME": unquote(name),
        "USER": unquote(parts.username or ""),
        "HOST": named or parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


_KINDS: dict[str, Callable[[SplitResult, dict[str, str], Connections], dict[str, Any]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "postgres": _postgresql,
    **dict.fromkeys(("mysql", "mariadb"), _mysql),
    "oracle": _oracle,
}
