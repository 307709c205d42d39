"""One code is redeemed once: by however many at once, on however many nodes, whenever a node dies."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import psycopg
import pytest

from idp.local.nodes import Cluster, Node
from tests.cluster.redemption import NO_ANSWER, Answer, Code, Codes, lives, redeem

ROUNDS = 50
PARALLEL = 64
KILLS = 20
TABS = 24


@pytest.mark.covers("S19")
def test_of_64_redemptions_at_once_over_two_nodes_one_wins_and_the_replays_end_what_it_got(
    nodes: Cluster, codes: Codes
) -> None:
    with ThreadPoolExecutor(PARALLEL) as pool:
        for _ in range(ROUNDS):
            answers = _race(pool, codes.new(), nodes.nodes[:2])
            told = Counter((answer.status, answer.error) for answer in answers)
            assert told == {(200, None): 1, (400, "invalid_grant"): PARALLEL - 1}
            winner = next(answer for answer in answers if answer.status == 200)
            assert not lives(nodes.nodes[2], winner.body)


@pytest.mark.covers("S19")
def test_a_node_killed_while_it_waits_to_spend_the_code_leaves_it_whole_for_the_other_node(
    nodes: Cluster, codes: Codes, database: psycopg.Connection
) -> None:
    doomed, survivor = nodes.nodes[0], nodes.nodes[2]
    code = codes.new()
    before = _authorizations(database)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(nodes.database_url) as holder:
        holder.execute("SELECT 1 FROM tokens_authorizationcode WHERE key = %s FOR UPDATE", [code.key])
        lost = pool.submit(redeem, doomed, code)
        _until(lambda: _waiting_for_a_lock(database) == 1)
        doomed.kill()
        holder.rollback()
        assert isinstance(lost.exception(), NO_ANSWER)
    try:
        _until(lambda: _busy(database) == 0)
        assert _spent_at(database, code) is None
        assert _authorizations(database) == before

        first, second = redeem(survivor, code), redeem(survivor, code)
        assert first.status == 200
        assert (second.status, second.error) == (400, "invalid_grant")
        assert _authorizations(database) == before + 1
    finally:
        doomed.start()
        doomed.wait()


@pytest.mark.covers("S19")
def test_a_node_killed_at_any_instant_of_a_redemption_leaves_at_most_one_live_set_of_tokens(
    nodes: Cluster, codes: Codes, database: psycopg.Connection
) -> None:
    survivor = nodes.nodes[2]
    lost = 0
    with ThreadPoolExecutor(1) as pool:
        for number in range(KILLS):
            doomed = nodes.nodes[number % 2]
            doomed.wait()
            usual = min(_seconds(partial(redeem, doomed, codes.new())) for _ in range(3))
            code, before = codes.new(), _authorizations(database)
            answer = _redeem_and_kill(pool, doomed, code, delay=usual * 3 * (number / KILLS) ** 2)
            doomed.start()
            lost += answer is None
            answers = [redeem(survivor, code) for _ in range(2)]
            won = [each for each in (answer, *answers) if each is not None and each.status == 200]
            assert {each.status for each in answers} <= {200, 400}
            assert len(won) <= 1
            assert _authorizations(database) - before <= 1
            assert not any(lives(survivor, each.body) for each in won), "two more uses of the code end what it gave"
    for node in nodes.nodes[:2]:
        node.wait()
    assert 0 < lost < KILLS, f"{lost} of {KILLS} answers lost: the kills missed the redemption"


@pytest.mark.covers("S19")
def test_a_request_that_a_person_answered_gives_one_code_however_many_tabs_go_on_with_it(
    nodes: Cluster, codes: Codes
) -> None:
    with ThreadPoolExecutor(TABS) as pool:
        for _ in range(5):
            place = codes.answered()
            gate = Barrier(TABS, timeout=30)
            tabs = [pool.submit(codes.look, nodes.nodes[number % 3], place, gate.wait) for number in range(TABS)]
            told = Counter(tab.result() for tab in tabs)
            assert told == {303: 1, 400: TABS - 1}


def _race(pool: ThreadPoolExecutor, code: Code, nodes: Sequence[Node]) -> list[Answer]:
    gate = Barrier(PARALLEL, timeout=30)
    racers = [pool.submit(redeem, nodes[number % len(nodes)], code, gate.wait) for number in range(PARALLEL)]
    return [racer.result() for racer in racers]


def _redeem_and_kill(pool: ThreadPoolExecutor, node: Node, code: Code, *, delay: float) -> Answer | None:
    """kill -9 of the node `delay` seconds after the request was about to be sent; the answer, if one came."""
    gate = Barrier(2, timeout=30)
    redemption = pool.submit(redeem, node, code, gate.wait)
    gate.wait()
    time.sleep(delay)
    node.kill()
    try:
        return redemption.result()
    except NO_ANSWER:
        return None


def _until(true: Callable[[], bool], timeout: float = 10.0) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def _waiting_for_a_lock(database: psycopg.Connection) -> int:
    return _number(database, f"SELECT count(*) {OTHERS} AND wait_event_type = 'Lock' AND query LIKE '%UPDATE%'")


def _busy(database: psycopg.Connection) -> int:
    """Connections within a statement or a transaction."""
    return _number(database, f"SELECT count(*) {OTHERS} AND state <> 'idle'")


def _authorizations(database: psycopg.Connection) -> int:
    return _number(database, "SELECT count(*) FROM tokens_authorization")


def _spent_at(database: psycopg.Connection, code: Code) -> object:
    row = database.execute("SELECT spent_at FROM tokens_authorizationcode WHERE key = %s", [code.key]).fetchone()
    assert row is not None
    return row[0]


def _number(database: psycopg.Connection, query: str) -> int:
    row = database.execute(query).fetchone()
    assert row is not None
    found: int = row[0]
    return found
