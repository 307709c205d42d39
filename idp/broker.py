"""Where Celery's messages wait and beats agree who leads: one Redis, or one behind Sentinel (`IDP_BROKER_URL`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlsplit

from idp.redis import Servers, sentinels_own, servers, tls_files

if TYPE_CHECKING:
    from redis import Redis

CONNECT, ANSWER = 2, 5  # seconds
_TIMEOUTS = {"socket_connect_timeout": CONNECT, "socket_timeout": ANSWER}
VISIBILITY = 600
"""Seconds after which a message that was taken and not acknowledged is given to another worker."""
_TRANSPORT: Mapping[str, Any] = {**_TIMEOUTS, "visibility_timeout": VISIBILITY}
NEEDED = (
    "Celery's messages need one server, redis:// or rediss://, or one behind Sentinel, redis+sentinel://HOST,…/NAME;"
    " set it, for REDIS_URL (the default) is none of these"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Celery:
    """What the settings of Celery and RedBeat have to be: the names are theirs."""

    broker_url: str | None = None
    broker_transport_options: Mapping[str, Any] = field(default_factory=dict)
    broker_use_ssl: Mapping[str, str] | Literal[False] = False
    redbeat_redis_url: str | None = None
    redbeat_redis_options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broker:
    servers: Servers

    def celery(self) -> Celery:
        return _CELERY[self.servers.kind](self.servers)

    def client(self) -> "Redis":
        """A connection of our own to the server that has the messages now. RedisError where there is none."""
        # Here, so that a node without Redis need not load its client.
        from redis import Redis
        from redis.sentinel import Sentinel

        if self.servers.kind == "one":
            return Redis.from_url(self.servers.url, **_TIMEOUTS)
        own, common = _of_sentinels(self.servers), {**_TIMEOUTS, **_tls(self.servers), **_credentials(self.servers)}
        sentinel = Sentinel(self.servers.addresses, sentinel_kwargs=own, **common)  # type: ignore[no-untyped-call]
        client: Redis = sentinel.master_for(self.servers.service, db=self.servers.database)  # type: ignore[no-untyped-call]
        return client


def broker(url: str | None, default: str | None, *, needed: bool) -> tuple[Broker | None, list[str]]:
    """The broker at `url`, else at `default` (REDIS_URL, which is judged as such), and what is wrong with it. One that
    can be none is a fault where it was named, or where the node needs one."""
    chosen, faults = servers(url or default, "IDP_BROKER_URL")
    if chosen is not None and (chosen.kind == "cluster" or urlsplit(chosen.url).scheme == "unix"):
        return None, [f"IDP_BROKER_URL: {NEEDED}"] if url or needed else []
    return Broker(chosen) if chosen else None, faults if url else []


def _one(chosen: Servers) -> Celery:
    return Celery(
        broker_url=chosen.url,
        broker_transport_options=_TRANSPORT,
        redbeat_redis_url=chosen.url,
        redbeat_redis_options=_TIMEOUTS,
    )


def _sentinel(chosen: Servers) -> Celery:
    # kombu reads the server's user, password and database from the first of them.
    user = ":".join(quote(part, safe="") for part in (chosen.username, chosen.password))
    addresses = [f"{user}@{_bracketed(host)}:{port}/{chosen.database}" for host, port in chosen.addresses]
    return Celery(
        broker_url=";".join(f"sentinel://{address}" for address in addresses),
        broker_transport_options={
            **_TRANSPORT,
            "master_name": chosen.service,
            "sentinel_kwargs": _of_sentinels(chosen),
        },
        broker_use_ssl=_judged(chosen) if chosen.tls else False,
        redbeat_redis_url="redis-sentinel://",
        redbeat_redis_options={
            **_TIMEOUTS,
            **_credentials(chosen),
            "sentinels": chosen.addresses,
            "service_name": chosen.service,
            "db": chosen.database,
            "sentinel_kwargs": _of_sentinels(chosen),
        },
    )


_CELERY: Mapping[str, Callable[[Servers], Celery]] = {"one": _one, "sentinel": _sentinel}


def _of_sentinels(chosen: Servers) -> dict[str, Any]:
    return {**_TIMEOUTS, **sentinels_own(chosen), **_tls(chosen)}


def _credentials(chosen: Servers) -> dict[str, str]:
    said = {"username": chosen.username, "password": chosen.password}
    return {name: value for name, value in said.items() if value}


def _tls(chosen: Servers) -> dict[str, Any]:
    return {"ssl": True, **_judged(chosen)} if chosen.tls else {}


def _judged(chosen: Servers) -> dict[str, str]:
    return {"ssl_cert_reqs": "required", **tls_files(chosen)}


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
