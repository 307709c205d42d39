"""IDP_BROKER_URL: where Celery's messages wait, one server or one behind Sentinel, and what Celery is told of it."""

import pytest
from redis.sentinel import SentinelConnectionPool

from idp import broker as brokers
from idp import redis
from idp.broker import Broker, broker

SECRET = "hunter2"
TIMEOUTS = {"socket_connect_timeout": 2, "socket_timeout": 5}


def named(url: str) -> Broker:
    chosen, faults = broker(url, None, needed=True)
    assert faults == []
    assert chosen is not None
    return chosen


@pytest.mark.parametrize("url", ["redis://one:6380/3", f"rediss://:{SECRET}@one"])
def test_celery_is_told_of_one_server_as_it_was_said(url: str) -> None:
    told = named(url).celery()
    assert (told.broker_url, told.redbeat_redis_url, told.broker_use_ssl) == (url, url, False)
    assert told.broker_transport_options == {**TIMEOUTS, "visibility_timeout": 600}
    assert told.redbeat_redis_options == TIMEOUTS


@pytest.mark.parametrize("scheme", ["redis+sentinel", "sentinel"])
def test_sentinels_are_told_to_celery_and_to_redbeat_each_in_its_own_way(scheme: str) -> None:
    told = named(f"{scheme}://app:{SECRET}%2F@one,[::1]:26380/My Service/4?sentinel_password=watch").celery()
    server = f"app:{SECRET}%2F"
    own = {**TIMEOUTS, "password": "watch"}
    assert told.broker_url == f"sentinel://{server}@one:26379/4;sentinel://{server}@[::1]:26380/4"
    assert told.broker_transport_options == {
        **TIMEOUTS,
        "visibility_timeout": 600,
        "master_name": "My Service",
        "sentinel_kwargs": own,
    }
    assert told.broker_use_ssl is False
    assert told.redbeat_redis_url == "redis-sentinel://"
    assert told.redbeat_redis_options == {
        **TIMEOUTS,
        "username": "app",
        "password": f"{SECRET}/",
        "sentinels": (("one", 26379), ("::1", 26380)),
        "service_name": "My Service",
        "db": 4,
        "sentinel_kwargs": own,
    }


def test_by_tls_server_and_sentinels_are_judged_by_the_authority_that_is_named() -> None:
    chosen = named("rediss+sentinel://one/main?ssl_ca_certs=/ca.pem")
    told, judged = chosen.celery(), {"ssl_cert_reqs": "required", "ssl_ca_certs": "/ca.pem"}
    assert told.broker_use_ssl == judged
    assert told.broker_transport_options["sentinel_kwargs"] == {**TIMEOUTS, "ssl": True, **judged}
    pool = chosen.client().connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert judged.items() <= pool.connection_kwargs.items()


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        (f"http://{SECRET}", redis.UNKNOWN),
        (f"http://[{SECRET}", redis.UNREADABLE),
        (f"redis://:a/{SECRET}@one", redis.UNREADABLE),
        (f"redis://:a#{SECRET}@one", redis.UNREADABLE),
        (f"redis+sentinel://:{SECRET}@one", redis.SERVICE),
        (f"redis+cluster://:{SECRET}@one", brokers.NEEDED),
        (f"unix:///{SECRET}", brokers.NEEDED),
    ],
)
@pytest.mark.parametrize("needed", [True, False])
def test_what_it_cannot_be_is_told_of_every_node_without_a_part_of_it(url: str, fault: str, needed: bool) -> None:
    assert broker(url, "redis://one", needed=needed) == (None, [f"IDP_BROKER_URL: {fault}"])
    assert SECRET not in fault


@pytest.mark.parametrize("default", ["redis+cluster://one", "unix:///run/redis.sock"])
def test_a_session_cache_that_can_be_no_broker_is_a_fault_only_where_one_is_needed(default: str) -> None:
    assert broker(None, default, needed=False) == (None, [])
    assert broker(None, default, needed=True) == (None, [f"IDP_BROKER_URL: {brokers.NEEDED}"])


def test_redis_url_is_judged_once_and_under_its_own_name() -> None:
    assert broker(None, "http://one", needed=True) == (None, [])
    assert broker(None, None, needed=True) == (None, [])
