"""The members of a cluster, as drills use them: nodes behind the balancer, workers and beats, killed and paused."""

import os
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.servers.member import Balancer
from tests.servers.nodes import Cluster, balanced
from tests.servers.provider import database_server
from tests.support.memory import megabytes
from tests.support.waiting import until

REDIS = urlsplit(os.environ["TEST_REDIS_URL"])._replace(path="/7").geturl()
BROKER = {"REDIS_URL": REDIS, "IDP_BEAT_LOOP": "1", "IDP_BEAT_LOCK": "3"}
"""A database of its own: the other tests' beats agree among themselves."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Balancer]]:
    own = [{"IDP_ROLE": "front"}, {"IDP_ROLE": "back"}]
    folder = tmp_path_factory.mktemp("members")
    with database_server() as server_url, balanced(2, server_url=server_url, folder=folder, own=own) as started:
        yield started


def test_the_balancer_is_the_issuer_and_knows_whose_path_it_is(cluster: tuple[Cluster, Balancer]) -> None:
    made, balancer = cluster
    assert made.issuer == balancer.url
    body = requests.get(f"{balancer.url}/.well-known/openid-configuration", timeout=10).json()
    assert body["issuer"] == balancer.url
    for path in ("/oauth2/jwks", "/accounts/login/", "/admin/login/"):
        assert requests.get(f"{balancer.url}{path}", timeout=10).status_code == 200
    for endpoint in ("token", "introspection", "revocation", "userinfo"):
        assert requests.post(body[f"{endpoint}_endpoint"], timeout=10).status_code in (400, 401)


def test_a_node_that_is_paused_gets_no_requests_until_it_goes_on(cluster: tuple[Cluster, Balancer]) -> None:
    made, balancer = cluster
    front = made.nodes[0]
    front.pause()
    try:
        until(lambda: f"{front.name} gets no requests: it does not answer" in balancer.said())
        assert requests.get(f"{balancer.url}/accounts/login/", timeout=10).status_code == 503
        assert requests.get(f"{balancer.url}/oauth2/jwks", timeout=10).status_code == 200
    finally:
        front.resume()
    until(lambda: balancer.said().count(f"{front.name} takes requests") == 2)
    assert requests.get(f"{balancer.url}/accounts/login/", timeout=10).status_code == 200


def test_an_idle_worker_and_an_idle_beat_are_small(cluster: tuple[Cluster, Balancer]) -> None:
    with cluster[0].workers(1, **BROKER) as (worker,), cluster[0].beats(1, **BROKER) as (beat,):
        until(lambda: worker.ready() and beat.leads())
        time.sleep(3)  # they idle, and may grow: a beat that ticks says nothing
        for member in (worker, beat):
            assert member.process is not None
            assert 20 < megabytes(member.process.pid) < 150


def test_a_worker_says_when_it_takes_tasks_and_is_gone_when_it_is_killed(cluster: tuple[Cluster, Balancer]) -> None:
    with cluster[0].workers(1, **BROKER) as (worker,):
        assert not worker.ready()
        until(worker.ready)
        worker.kill()
        assert not worker.running
        worker.start()
        assert not worker.ready()
        until(worker.ready)


def test_of_two_beats_one_leads_and_the_other_takes_over(cluster: tuple[Cluster, Balancer]) -> None:
    with cluster[0].beats(2, **BROKER) as beats:
        until(lambda: any(beat.leads() for beat in beats))
        leader, other = sorted(beats, key=lambda beat: not beat.leads())
        assert not other.leads()
        leader.pause()
        until(other.leads)
        leader.resume()
        until(lambda: not leader.running)
        leader.start()
        other.kill()
        until(leader.leads)
