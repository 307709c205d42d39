"""The session cache behind Sentinel and on a cluster: found again after a fail-over, and never waited for."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
import redis
from django_redis.pool import ConnectionFactory
from pytest_django.fixtures import Settings

from accounts.models import Session
from accounts.sessions import cache
from idp.local.processes import free_port
from idp.redis import ANSWER, ASIDE, CONNECT
from idp.redis_clients import ClusterFactory
from tests.accounts.signed_in import SignIn, use_redis, who
from tests.servers.redis_server import RedisServer, redis_server, sentinel

SLOTS = 16384
CLUSTERED = ("--cluster-enabled", "yes", "--cluster-port")
SERVICE = "Sessions"
SPARE = 2.0
"""Seconds that a busy machine takes for nothing."""


@pytest.fixture(autouse=True)
def _no_clients_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ConnectionFactory, "_pools", {})
    monkeypatch.setattr(ClusterFactory, "_clusters", {})


@contextmanager
def pair() -> Iterator[tuple[RedisServer, RedisServer]]:
    """A primary and a replica that has all of it."""
    with redis_server() as first, redis_server("--replicaof", "127.0.0.1", str(first.port)) as second:
        with second.client() as client:
            until(lambda: client.info("replication")["master_link_status"] == "up")
        yield first, second


@contextmanager
def cluster() -> Iterator[tuple[RedisServer, ...]]:
    """Three servers that each have a third."""
    with ExitStack() as stack:
        nodes = tuple(stack.enter_context(redis_server(*CLUSTERED, str(free_port()))) for _ in range(3))
        clients = [stack.enter_context(node.client()) for node in nodes]
        for number, client in enumerate(clients):
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", number * SLOTS // 3, (number + 1) * SLOTS // 3 - 1)
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for node in nodes[1:]:
            bus = node.command[-1]
            clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", node.port, bus)
        for client in clients:
            until(partial(_whole, client))
        yield nodes


def _whole(client: redis.Redis) -> bool:
    return bool(client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")  # type: ignore[no-untyped-call]  # of redis-py


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def cached() -> bool:
    row = Session.objects.get()
    return cache.get(row.pk, row.version) is not None


def rested() -> bool:
    """The cache is looked at now, as after its rest."""
    cache._breaker.look()
    return True


def _healthy(watcher: RedisServer) -> bool:
    with watcher.client() as connection:
        return bool(connection.sentinel_master(SERVICE)["flags"] == "master")


def seconds_of(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def test_behind_sentinel_a_new_primary_is_found_and_no_sign_in_is_lost(settings: Settings, sign_in: SignIn) -> None:
    with pair() as (first, second), sentinel(first, SERVICE) as watcher:
        with watcher.client() as connection:
            until(lambda: len(connection.sentinel_slaves(SERVICE)) == 1)
        use_redis(settings, f"redis+sentinel://127.0.0.1:1,127.0.0.1:{watcher.port}/{SERVICE}/3")
        browser = sign_in()
        assert (who(browser), cached()) == ("alice", True)
        with redis.Redis.from_url(f"{first.url}/3") as client:
            assert client.dbsize() > 0
        first.stop()
        assert who(browser) == "alice"
        with watcher.client() as connection:
            until(lambda: connection.sentinel_master(SERVICE)["port"] == second.port)
        with second.client() as client:
            until(lambda: client.info("replication")["role"] == "master")
        rested()
        assert (who(browser), cached()) == ("alice", True)


def test_a_password_for_the_server_alone_is_enough_behind_sentinel(settings: Settings, sign_in: SignIn) -> None:
    with redis_server() as first, sentinel(first, SERVICE, "p%ss/w,rd") as watcher:
        with first.client() as client:
            client.config_set("requirepass", "p%ss/w,rd")
        until(lambda: _healthy(watcher))
        use_redis(settings, f"redis+sentinel://:p%25ss%2Fw%2Crd@127.0.0.1:{watcher.port}/{SERVICE}")
        browser = sign_in()
        assert (who(browser), cached()) == ("alice", True)


def test_sentinels_and_a_server_that_hang_cost_a_request_no_more_than_their_limits(
    settings: Settings, sign_in: SignIn
) -> None:
    with pair() as (first, _), sentinel(first, SERVICE) as watcher:
        use_redis(settings, f"redis+sentinel://127.0.0.1:{watcher.port}/{SERVICE}")
        browser = sign_in()
        alone = seconds_of(lambda: who(browser))
        first.pause()
        watcher.pause()
        assert seconds_of(lambda: who(browser)) < alone + CONNECT + ANSWER + ASIDE + SPARE
        assert not cache.enabled()
        assert seconds_of(lambda: who(browser)) < alone + SPARE
        assert seconds_of(rested) < CONNECT + ANSWER + 2 * ASIDE + SPARE


def test_a_cluster_holds_sessions_on_all_its_nodes(settings: Settings, db: None) -> None:
    with cluster() as nodes:
        use_redis(settings, f"redis+cluster://127.0.0.1:1,127.0.0.1:{nodes[2].port}")
        for number in range(30):
            cache.put(f"key{number}", "1", f"data {number}")
        assert [cache.get(f"key{number}", "1") for number in range(30)] == [f"data {n}" for n in range(30)]
        for node in nodes:
            with node.client() as client:
                assert client.dbsize() > 0


def test_a_slot_that_moved_is_found_at_its_new_node(settings: Settings, db: None) -> None:
    with cluster() as nodes, ExitStack() as stack:
        use_redis(settings, f"redis+cluster://127.0.0.1:{nodes[0].port}")
        clients = [stack.enter_context(node.client()) for node in nodes]
        cache.put("key", "1", "before")
        slot = clients[0].execute_command("CLUSTER", "KEYSLOT", "session:1:key.1")
        (owner,) = [number for number, client in enumerate(clients) if client.dbsize()]
        clients[owner].flushall()
        new = clients[(owner + 1) % 3].execute_command("CLUSTER", "MYID")
        for client in clients:
            client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", new)
        assert cache.get("key", "1") is None
        cache.put("key", "1", "after")
        assert (cache.get("key", "1"), cache.enabled()) == ("after", True)


@pytest.mark.parametrize("how", ["pause", "stop"])
def test_a_cluster_that_is_away_costs_a_request_no_more_than_its_limit_and_is_found_again(
    settings: Settings, sign_in: SignIn, how: str
) -> None:
    with cluster() as nodes:
        use_redis(settings, f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in nodes)}")
        browser = sign_in()
        assert cached()
        alone = seconds_of(lambda: who(browser))
        for node in nodes:
            getattr(node, how)()
        assert seconds_of(lambda: who(browser)) < alone + CONNECT + ANSWER + SPARE
        assert not cache.enabled()
        assert seconds_of(rested) < 3 * (CONNECT + ANSWER) + SPARE
        assert who(browser) == "alice"
        if how == "pause":
            for node in nodes:
                node.resume()
            until(lambda: rested() and cache.enabled())
            assert (who(browser), cached()) == ("alice", True)


def test_a_cluster_that_was_never_there_is_no_fault_of_a_request(settings: Settings, sign_in: SignIn) -> None:
    use_redis(settings, "redis+cluster://127.0.0.1:1")
    assert who(sign_in()) == "alice"
    assert not cache.enabled()
