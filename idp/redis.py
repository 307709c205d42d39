"""A Redis URL: one server, one behind Sentinel, or a cluster. And Django's session cache there (`REDIS_URL`): sessions
do without it, so nothing waits long for it. What Celery makes of one is in `idp/broker.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

CONNECT, ANSWER = 0.1, 0.2
"""Seconds that a request waits for the cache at the most, before it reads the database."""
ASIDE = 0.1
"""Seconds for one Sentinel: the next of them is asked as long."""

SENTINEL_PORT, CLUSTER_PORT = 26379, 6379
TLS_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")

Kind = Literal["one", "sentinel", "cluster"]
SCHEMES: Mapping[str, tuple[Kind, bool]] = {
    "redis": ("one", False),
    "rediss": ("one", True),
    "unix": ("one", False),
    "redis+sentinel": ("sentinel", False),
    "rediss+sentinel": ("sentinel", True),
    "sentinel": ("sentinel", False),  # as kombu has it
    "redis+cluster": ("cluster", False),
    "rediss+cluster": ("cluster", True),
}
"""By scheme: what is there, and whether it speaks TLS."""

UNREADABLE = "it is not a URL; is a special character of its password not percent-encoded (%2F for /)?"
"""No fault repeats any of the URL: what stands where a host is looked for may be a password."""
UNKNOWN = (
    "it must begin with redis://, rediss:// or unix://, or with redis+sentinel://, redis+cluster:// or, by TLS,"
    " rediss+sentinel://, rediss+cluster://"
)
SEVERAL = "redis:// names one server, without a comma: several are redis+sentinel:// or redis+cluster://"
NO_HOST = "it names no server"
SERVICE = "redis+sentinel:// ends with the name that Sentinel knows the server by: host:port,host:port/name"
DATABASE = "the number of its database must be a whole number"
ONE_DATABASE = "a cluster has only one database: leave the path away"
OPTIONS: Mapping[Kind, tuple[str, ...]] = {
    "one": ("db", *TLS_OPTIONS),
    "sentinel": ("sentinel_username", "sentinel_password", *TLS_OPTIONS),
    "cluster": TLS_OPTIONS,
}


@dataclass(frozen=True, slots=True)
class Servers:
    """Where session data are cached. `url`: of the one server; `addresses`: of Sentinels, or of nodes of a cluster."""

    kind: Kind
    url: str
    tls: bool
    addresses: tuple[tuple[str, int], ...] = ()
    service: str = ""
    database: int = 0
    username: str = ""
    password: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def cache(self) -> dict[str, Any]:
        """LOCATION and OPTIONS of django-redis."""
        # A list: a text would be split at commas.
        return {"LOCATION": [self.url], "OPTIONS": {**_common(), **_MAKERS[self.kind](self)}}


class _Fault(Exception):
    pass


def servers(url: str | None, setting: str = "REDIS_URL") -> tuple[Servers | None, list[str]]:
    """What `url` names, and what is wrong with it. `setting`: where it was said."""
    if url is None:
        return None, []
    try:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES:
            raise _Fault(UNKNOWN)
        if "#" in url:  # of a password, what follows would silently be left out
            raise _Fault(UNREADABLE)
        return _servers(url, parts), []
    except _Fault as fault:
        return None, [f"{setting}: {fault}"]
    except ValueError:
        return None, [f"{setting}: {UNREADABLE}"]


def _servers(url: str, parts: SplitResult) -> Servers:
    kind, tls = SCHEMES[parts.scheme]
    options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    if not options.keys() <= set(OPTIONS[kind]):
        raise _Fault(f"the options of {parts.scheme}:// are {', '.join(OPTIONS[kind])}")
    return _one(url, parts, options, tls) if kind == "one" else _several(kind, parts, options, tls)


def _several(kind: Kind, parts: SplitResult, options: Mapping[str, str], tls: bool) -> Servers:
    service, database = _place(kind, unquote(parts.path[1:]))
    return Servers(
        kind,
        f"redis://{kind}",  # a name for django-redis: what is connected to stands in the options
        tls,
        _addresses(parts.netloc.rpartition("@")[2], SENTINEL_PORT if kind == "sentinel" else CLUSTER_PORT),
        service,
        database,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        tuple(options.items()),
    )


def _place(kind: Kind, path: str) -> tuple[str, int]:
    """The service that Sentinel knows, and the number of the database."""
    if kind == "cluster":
        if path:
            raise _Fault(ONE_DATABASE)
        return "", 0
    service, _, database = path.partition("/")
    if not service:
        raise _Fault(SERVICE)
    return service, _number(database)


def _one(url: str, parts: SplitResult, options: Mapping[str, str], tls: bool) -> Servers:
    if "," in parts.netloc:
        raise _Fault(SEVERAL)
    _ = parts.port  # ValueError if it is none
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise _Fault(NO_HOST)
    if parts.scheme != "unix":
        _number(parts.path[1:])
    _number(options.get("db", ""))
    return Servers("one", url, tls)


def _addresses(text: str, port: int) -> tuple[tuple[str, int], ...]:
    addresses = [urlsplit(f"//{each}") for each in text.split(",")]
    if not all(each.hostname for each in addresses):
        raise _Fault(NO_HOST)
    return tuple((each.hostname or "", port if each.port is None else each.port) for each in addresses)


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise _Fault(DATABASE)
    return int(text)


def _common() -> dict[str, Any]:
    return {
        "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        "SOCKET_CONNECT_TIMEOUT": CONNECT,
        "SOCKET_TIMEOUT": ANSWER,
        "CONNECTION_POOL_KWARGS": {"retry": _never()},
    }


def _one_server(chosen: Servers) -> dict[str, Any]:
    return {}


def _sentinel(chosen: Servers) -> dict[str, Any]:
    tls = _tls(chosen)
    waits = {"socket_connect_timeout": ASIDE, "socket_timeout": ASIDE, "retry": _never()}
    return {
        **_credentials(chosen),
        "CONNECTION_FACTORY": "idp.redis_clients.SentinelFactory",
        "CONNECTION_POOL_KWARGS": {"retry": _never(), "db": chosen.database, **tls},
        "SENTINELS": chosen.addresses,
        "SENTINEL_KWARGS": {**waits, **sentinels_own(chosen), **tls},
        "SERVICE": chosen.service,
    }


def _cluster(chosen: Servers) -> dict[str, Any]:
    return {
        **_credentials(chosen),
        "CONNECTION_FACTORY": "idp.redis_clients.ClusterFactory",
        "CLUSTER_NODES": chosen.addresses,
        "CLUSTER_KWARGS": _tls(chosen),
    }


_MAKERS = {"one": _one_server, "sentinel": _sentinel, "cluster": _cluster}


def _credentials(chosen: Servers) -> dict[str, str]:
    return {"USERNAME": chosen.username, "PASSWORD": chosen.password}


def sentinels_own(chosen: Servers) -> dict[str, str]:
    """`username` and `password` that the Sentinels ask for, where they do."""
    return {name.partition("_")[2]: value for name, value in chosen.options if name in OPTIONS["sentinel"][:2]}


def tls_files(chosen: Servers) -> dict[str, str]:
    return {name: value for name, value in chosen.options if name in TLS_OPTIONS}


def _tls(chosen: Servers) -> dict[str, Any]:
    return {"ssl": True, **tls_files(chosen)} if chosen.tls else {}


def _never() -> Any:
    """redis-py tries again for seconds by default; the database answers sooner."""
    # Here, so that a node without Redis need not load its client.
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Retry(NoBackoff(), 0)
