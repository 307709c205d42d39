"""Refresh tokens at many nodes at once: one successor, no error of the server's, and nothing outlives a revocation."""

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from idp.local.nodes import Cluster, Node
from idp.local.processes import LOOPBACK, free_port
from tests.cluster.redemption import CALLBACK, VERIFIER, Answer, Codes, lives
from tests.cluster.test_one_winner import _until
from tokens.protocol import handles

ROUNDS = 25
PARALLEL = 32
REVOCATIONS = 200
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Families:
    """Somebody who consented once, and a public client whose tokens rotate."""

    codes: Codes

    def new(self) -> dict[str, Any]:
        """A token response that begins a family."""
        form = {"code": self.codes.new().code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        answer = self._ask(self.codes.node, "/oauth2/token", grant_type="authorization_code", **form)
        assert answer.status == 200, answer
        return answer.body

    def refresh(self, node: Node, token: str, ready: Callable[[], object] = lambda: None) -> Answer:
        return self._ask(node, "/oauth2/token", ready, grant_type="refresh_token", refresh_token=token)

    def revoke(self, node: Node, token: str, ready: Callable[[], object] = lambda: None) -> Answer:
        return self._ask(node, "/oauth2/revoke", ready, token=token)

    def lose(self, node: Node, token: str) -> None:
        """A refresh whose answer nobody waits for: the connection is cut as soon as the request is out."""
        connection = http.client.HTTPConnection(LOOPBACK, node.port, timeout=30)
        connection.request("POST", "/oauth2/token", self._form(grant_type="refresh_token", refresh_token=token), FORM)
        connection.close()

    def alive(self, nodes: tuple[Node, ...], found: list[dict[str, Any]]) -> list[str]:
        """What still works of these token responses, at whichever node."""
        access = [each["access_token"] for each in found for node in nodes if lives(node, each)]
        tokens = {each["refresh_token"] for each in found}
        return access + [token for token in tokens for node in nodes if self.refresh(node, token).status == 200]

    def _form(self, **form: str) -> str:
        return urlencode({**form, "client_id": self.codes.client_id})

    def _ask(self, node: Node, path: str, ready: Callable[[], object] = lambda: None, /, **form: str) -> Answer:
        connection = http.client.HTTPConnection(LOOPBACK, node.port, timeout=30)
        try:
            connection.connect()
            ready()
            connection.request("POST", path, self._form(**form), FORM)
            response = connection.getresponse()
            body = response.read()
            return Answer(response.status, json.loads(body) if body else {})
        finally:
            connection.close()


@pytest.fixture(scope="module")
def families(nodes: Cluster, codes: Codes) -> Families:
    client = nodes.client("spa", "Refresher", CALLBACK)
    return Families(replace(codes, client_id=client["client_id"], client_secret=""))


@pytest.fixture(scope="module")
def strict(nodes: Cluster) -> Iterator[tuple[Node, ...]]:
    """Two more nodes over the same database, which forbid retries."""
    environ = {**nodes.environ, "IDP_TOKENS_REFRESH_RETRY": "0"}
    folder = nodes.nodes[0].log.parent
    made = tuple(Node(port, environ, folder / f"strict-{port}.log") for port in (free_port(), free_port()))
    with ExitStack() as running:
        for node in made:
            node.start()
            running.callback(node.stop)
        for node in made:
            node.wait()
        yield made


@pytest.mark.covers("S30", "CVE-2026-1035")
def test_of_32_refreshes_at_once_over_two_nodes_all_get_the_one_successor(
    nodes: Cluster, families: Families, database: psycopg.Connection
) -> None:
    with ThreadPoolExecutor(PARALLEL) as pool:
        for _ in range(ROUNDS):
            first = families.new()
            answers = _race(pool, [partial(families.refresh, node, first["refresh_token"]) for node in _over(nodes)])
            assert Counter(answer.status for answer in answers) == {200: PARALLEL}
            assert len({answer.body["refresh_token"] for answer in answers}) == 1
            assert len({answer.body["access_token"] for answer in answers}) == PARALLEL
            assert _generations(database, first) == [0, 1]
            assert lives(nodes.nodes[2], answers[0].body)
            assert families.refresh(nodes.nodes[2], answers[-1].body["refresh_token"]).status == 200


@pytest.mark.covers("S29", "CVE-2026-1035")
def test_without_a_retry_time_one_of_32_wins_and_the_replays_end_what_it_got(
    nodes: Cluster, strict: tuple[Node, ...], families: Families, database: psycopg.Connection
) -> None:
    with ThreadPoolExecutor(PARALLEL) as pool:
        for _ in range(ROUNDS):
            first = families.new()
            asked = [strict[number % 2] for number in range(PARALLEL)]
            answers = _race(pool, [partial(families.refresh, node, first["refresh_token"]) for node in asked])
            told = Counter((answer.status, answer.error) for answer in answers)
            assert told == {(200, None): 1, (400, "invalid_grant"): PARALLEL - 1}
            winner = next(answer.body for answer in answers if answer.status == 200)
            assert families.alive((*strict, nodes.nodes[2]), [first, winner]) == []
            assert _generations(database, first) == [0, 1]


@pytest.mark.covers("S34", "KC #51312")
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_nothing_that_a_refresh_gave_outlives_a_revocation_that_raced_it(
    nodes: Cluster, families: Families, which: str
) -> None:
    refreshed = 0
    with ThreadPoolExecutor(4) as pool:
        for number in range(REVOCATIONS // 2):
            first = families.new()
            one, other = nodes.nodes[number % 2], nodes.nodes[(number + 1) % 2]
            racers = [partial(families.refresh, node, first["refresh_token"]) for node in (one, other, other)]
            *answers, revoked = _race(pool, [*racers, partial(families.revoke, one, first[which])])
            assert (revoked.status, revoked.body) == (200, {})
            assert {answer.status for answer in answers} <= {200, 400}
            won = [answer.body for answer in answers if answer.status == 200]
            refreshed += bool(won)
            assert families.alive(nodes.nodes[:2], [first, *won]) == []
    assert refreshed > 0, "no refresh came before its revocation: there was no race"


@pytest.mark.covers("S30")
def test_a_client_that_lost_the_answer_gets_it_from_another_node_and_later_ends_its_family(
    nodes: Cluster, families: Families, database: psycopg.Connection
) -> None:
    for _ in range(5):
        first = families.new()
        families.lose(nodes.nodes[0], first["refresh_token"])
        _until(partial(_has_successor, database, first))
        retries = [families.refresh(node, first["refresh_token"]) for node in nodes.nodes]
        assert [retry.status for retry in retries] == [200] * 3
        assert len({retry.body["refresh_token"] for retry in retries}) == 1
        assert _generations(database, first) == [0, 1]
        database.execute(
            "UPDATE tokens_refreshtoken SET spent_at = spent_at - interval '1 minute' WHERE key = %s", [_key(first)]
        )
        assert families.refresh(nodes.nodes[1], first["refresh_token"]).error == "invalid_grant"
        assert families.alive(nodes.nodes, [first, *(retry.body for retry in retries)]) == []


def _over(nodes: Cluster) -> list[Node]:
    return [nodes.nodes[number % 2] for number in range(PARALLEL)]


def _race(pool: ThreadPoolExecutor, racers: list[Callable[..., Answer]]) -> list[Answer]:
    """Each on a connection that is open already, all let go at one instant."""
    gate = Barrier(len(racers), timeout=30)
    running = [pool.submit(racer, gate.wait) for racer in racers]
    return [each.result() for each in running]


def _key(found: dict[str, Any]) -> str:
    return handles.key(handles.Handle(found["refresh_token"]))


def _has_successor(database: psycopg.Connection, found: dict[str, Any]) -> bool:
    return len(_generations(database, found)) == 2


def _generations(database: psycopg.Connection, found: dict[str, Any]) -> list[int]:
    """Of the family that the token belongs to."""
    rows = database.execute(
        "SELECT generation FROM tokens_refreshtoken WHERE authorization_id ="
        " (SELECT authorization_id FROM tokens_refreshtoken WHERE key = %s) ORDER BY generation",
        [_key(found)],
    ).fetchall()
    return [row[0] for row in rows]
