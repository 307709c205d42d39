"""REDIS_URL: what it may name, and that no fault of it tells a password."""

from typing import Any

import pytest

from idp import redis
from idp.redis import servers

SECRET = "hunter2"


def cache(url: str) -> dict[str, Any]:
    """LOCATION and OPTIONS, without those that all have."""
    configuration, faults = servers(url)
    assert (configuration is not None, faults) == (True, [])
    made = configuration.cache() if configuration else {}
    options = {name: value for name, value in made["OPTIONS"].items() if name not in ALL}
    return {"LOCATION": made["LOCATION"], **options}


ALL = ("SERIALIZER", "SOCKET_CONNECT_TIMEOUT", "SOCKET_TIMEOUT", "CONNECTION_POOL_KWARGS", "SENTINEL_KWARGS")


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache.example",
        "redis://cache.example:6380/3",
        f"redis://user:{SECRET}%2F%2C@cache.example/0",
        "redis://[::1]:6379/0",
        f"rediss://:{SECRET}@cache.example/0?ssl_ca_certs=/etc/ssl/ours.pem",
        "unix:///run/redis.sock?db=2",
        "redis://cache.example?db=2",
    ],
)
def test_one_server_is_named_as_redis_py_has_it(url: str) -> None:
    assert cache(url) == {"LOCATION": [url]}


def test_sentinels_are_named_with_the_service_in_its_own_letters() -> None:
    assert cache(f"redis+sentinel://app:{SECRET}%40@one,two:26380,[::1]/My Service/4") == {
        "LOCATION": ["redis://sentinel"],
        "CONNECTION_FACTORY": "idp.redis_clients.SentinelFactory",
        "SENTINELS": (("one", 26379), ("two", 26380), ("::1", 26379)),
        "SERVICE": "My Service",
        "USERNAME": "app",
        "PASSWORD": f"{SECRET}@",
    }


def test_sentinels_may_ask_for_a_password_of_their_own_and_speak_tls() -> None:
    configuration, _ = servers(
        "rediss+sentinel://one/main?sentinel_username=watch&sentinel_password=s%26t&ssl_ca_certs=/ca.pem"
    )
    assert configuration is not None
    options = configuration.cache()["OPTIONS"]
    del options["SENTINEL_KWARGS"]["retry"], options["CONNECTION_POOL_KWARGS"]["retry"]
    assert options["SENTINEL_KWARGS"] == {
        "username": "watch",
        "password": "s&t",
        "ssl": True,
        "ssl_ca_certs": "/ca.pem",
        "socket_connect_timeout": redis.ASIDE,
        "socket_timeout": redis.ASIDE,
    }
    assert options["CONNECTION_POOL_KWARGS"] == {"db": 0, "ssl": True, "ssl_ca_certs": "/ca.pem"}


def test_a_cluster_is_named_by_some_of_its_nodes() -> None:
    assert cache(f"rediss+cluster://:{SECRET}@one:7000,two") == {
        "LOCATION": ["redis://cluster"],
        "CONNECTION_FACTORY": "idp.redis_clients.ClusterFactory",
        "CLUSTER_NODES": (("one", 7000), ("two", 6379)),
        "CLUSTER_KWARGS": {"ssl": True},
        "USERNAME": "",
        "PASSWORD": SECRET,
    }


def test_no_server_is_waited_for_beyond_a_quarter_of_a_second_or_asked_again() -> None:
    for url in ("redis://one", "redis+sentinel://one/main", "redis+cluster://one"):
        configuration, _ = servers(url)
        assert configuration is not None
        options = configuration.cache()["OPTIONS"]
        assert 0.1 <= options["SOCKET_CONNECT_TIMEOUT"] <= options["SOCKET_TIMEOUT"] <= 0.25
        assert options["CONNECTION_POOL_KWARGS"]["retry"].get_retries() == 0
        if "SENTINEL_KWARGS" in options:
            assert options["SENTINEL_KWARGS"]["socket_timeout"] == options["SENTINEL_KWARGS"]["socket_connect_timeout"]
            assert options["SENTINEL_KWARGS"]["socket_timeout"] == 0.1
            assert options["SENTINEL_KWARGS"]["retry"].get_retries() == 0


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        (f"http://{SECRET}", redis.UNKNOWN),
        (SECRET, redis.UNKNOWN),
        (f"redis://:a#{SECRET}@one", redis.UNREADABLE),
        (f"redis://one#{SECRET}", redis.UNREADABLE),
        (f"redis://{SECRET}@", redis.NO_HOST),
        ("unix://", redis.NO_HOST),
        (f"redis://:{SECRET}@one,two", redis.SEVERAL),
        (f"redis://:{SECRET},@one", redis.SEVERAL),
        (f"redis://:a/{SECRET}@one", redis.UNREADABLE),
        (f"redis://one:{SECRET}", redis.UNREADABLE),
        (f"redis+sentinel://one:{SECRET}/main", redis.UNREADABLE),
        (f"redis://[{SECRET}", redis.UNREADABLE),
        (f"redis://one/{SECRET}", redis.DATABASE),
        (f"redis://one?db={SECRET}", redis.DATABASE),
        (f"redis://one?{SECRET}", redis.UNREADABLE),
        (f"redis://one?socket_timeout=30&x={SECRET}", "the options of redis:// are db, ssl_ca_certs, "),
        (f"redis+sentinel://:{SECRET}@one", redis.SERVICE),
        (f"redis+sentinel://:{SECRET}@one/", redis.SERVICE),
        (f"redis+sentinel://one/main/{SECRET}", redis.DATABASE),
        (f"redis+sentinel://one,,two/main?sentinel_password={SECRET}", redis.NO_HOST),
        ("redis+sentinel:///main", redis.NO_HOST),
        (f"redis+cluster://:{SECRET}@", redis.NO_HOST),
        (f"redis+cluster://:{SECRET}@one/1", redis.ONE_DATABASE),
        (
            f"redis+cluster://one?sentinel_password={SECRET}",
            "the options of redis+cluster:// are ssl_ca_cert",
        ),
    ],
)
def test_what_it_cannot_mean_is_one_line_that_names_it_and_no_part_of_it(url: str, fault: str) -> None:
    configuration, faults = servers(url)
    assert (configuration, len(faults)) == (None, 1)
    assert faults[0].startswith(f"REDIS_URL: {fault}")
    assert SECRET not in faults[0]
