"""Drill 28 on real nodes: a rotation and an emergency under load."""

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import psycopg
import pytest
from joserfc import jws

from tests.servers.nodes import Cluster, Node, cluster
from tests.servers.provider import database_server
from tests.support.messages import FORM_TYPE, basic
from tests.support.waiting import until

pytestmark = pytest.mark.sql("its nodes are on the database; drill 28 plays it elsewhere")

ALG = "RS256"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("nodes")
    with database_server() as server_url, cluster(2, server_url=server_url, folder=folder) as started:
        yield started


class Machine:
    """A client that gets tokens and asks about them, at a node of one's choice."""

    def __init__(self, nodes: Cluster) -> None:
        made = nodes.client("machine", "Machine")
        self._headers = {**basic(made["client_id"], made["client_secret"]), "Content-Type": FORM_TYPE}

    def token(self, node: Node) -> str:
        return str(self._post(node, "/oauth2/token", {"grant_type": "client_credentials"})["access_token"])

    def is_good(self, node: Node, token: str) -> bool:
        return bool(self._post(node, "/oauth2/introspect", {"token": token})["active"])

    def _post(self, node: Node, path: str, form: dict[str, str]) -> dict[str, object]:
        connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
        try:
            connection.request("POST", path, urlencode(form), self._headers)
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200, body
            answer: dict[str, object] = json.loads(body)
            return answer
        finally:
            connection.close()


def kid(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers()["kid"])


@pytest.mark.covers("S41 overlap")
def test_a_rotation_and_an_emergency_under_load(nodes: Cluster) -> None:
    machine, first, stop = Machine(nodes), nodes.nodes[0], threading.Event()

    kids: list[set[str]] = [set(), set()]

    def load(kids: set[str], node: Node, other: Node) -> None:
        """Every token is good at both nodes at once. Notes the kids."""
        while not stop.is_set():
            token = machine.token(node)
            kids.add(kid(token))
            assert machine.is_good(other, token)
            assert machine.is_good(node, token)

    def seen(number: int) -> bool:
        """Whether each load met so many keys; what failed in one is raised."""
        for ended in (each for each in loads if each.done()):
            ended.result()
        return [len(each) for each in kids] == [number, number]

    before = machine.token(first)
    with ThreadPoolExecutor(2) as threads:
        pairs = (nodes.nodes, nodes.nodes[::-1])
        loads = [threads.submit(load, each, *pair) for each, pair in zip(kids, pairs, strict=True)]
        try:
            until(lambda: seen(1))
            nodes.manage("rotatekeys", "--now", "--alg", ALG)
            later(nodes, 915)
            rotated = nodes.manage("rotatekeys")
            until(lambda: seen(2))
        finally:
            stop.set()
    for ended in loads:
        ended.result()
    assert f"signs {ALG} from now on" in rotated
    assert kids[0] == kids[1] == {kid(before), new := kid(machine.token(first))}
    assert new != kid(before)
    assert [machine.is_good(node, before) for node in nodes.nodes] == [True, True]
    emergency(nodes, machine)


def emergency(nodes: Cluster, machine: Machine) -> None:
    tokens = [machine.token(node) for node in nodes.nodes]
    nodes.manage("rotatekeys", "--revoke", kid(tokens[0]))
    until(lambda: not any(machine.is_good(node, token) for node in nodes.nodes for token in tokens))
    assert all(machine.is_good(node, machine.token(node)) for node in nodes.nodes)


def later(nodes: Cluster, seconds: float) -> None:
    """So much later, for the keys."""
    with psycopg.connect(nodes.database_url) as connection:
        connection.execute("UPDATE tokens_signingkey SET since = since - make_interval(secs => %s)", [seconds])
