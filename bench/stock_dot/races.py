"""Figures of many requests at once, and of a node that dies in the middle of one: real nodes, real PostgreSQL."""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
from django.utils import timezone
from oauth2_provider.models import AccessToken, RefreshToken

from stock_dot import nodes, seed

TOKEN = "/o/token/"
HELD = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
PATIENCE = 30
"""Seconds to wait for the node to reach the barrier."""


@dataclass(frozen=True, slots=True)
class Round:
    statuses: Counter[int]
    access_tokens: int
    """Rows of access tokens that are accepted at the end of the round."""
    refresh_tokens: int
    """Rows of refresh tokens that are accepted at the end of the round."""
    handed_out: int
    """Different refresh tokens that clients were given."""


def _live(client: seed.StockClient) -> tuple[int, int]:
    of_client = {"application__client_id": client.client_id}
    access_tokens = AccessToken.objects.filter(expires__gt=timezone.now(), **of_client).count()
    return access_tokens, RefreshToken.objects.filter(revoked=None, **of_client).count()


def _round(client: seed.StockClient, answers: Sequence[nodes.Answer]) -> Round:
    handed_out = {answer.body["refresh_token"] for answer in answers if answer.status == 200}
    return Round(Counter(answer.status for answer in answers), *_live(client), len(handed_out))


def redemptions(cluster: Sequence[nodes.Node], client: seed.StockClient, count: int) -> Round:
    """One code, redeemed `count` times at once."""
    form = seed.code_form(client, seed.authorization_code(client))
    return _round(client, nodes.at_once(cluster, count, TOKEN, form, client.authorization()))


def refreshes(cluster: Sequence[nodes.Node], client: seed.StockClient, count: int) -> Round:
    """One refresh token, presented `count` times at once."""
    code = seed.code_form(client, seed.authorization_code(client))
    refresh_token = cluster[0].post(TOKEN, code, client.authorization()).body["refresh_token"]
    form = seed.refresh_form(client, refresh_token)
    return _round(client, nodes.at_once(cluster, count, TOKEN, form, client.authorization()))


def kill_between_the_steps(survivor: nodes.Node, client: seed.StockClient, database_url: str) -> tuple[int, Round]:
    """kill -9 of a node that saved the tokens and has not yet spent the code; then the code again, at another node.

    The barrier is a lock on the code's row, held from here: reading passes it, the step that spends the code waits.
    Gives the live access tokens of the dead request, and the second redemption.
    """
    code = seed.authorization_code(client)
    form = seed.code_form(client, code)
    with (
        nodes.running(1) as (victim,),
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(database_url) as barrier,
        psycopg.connect(database_url, autocommit=True) as watcher,
    ):
        barrier.execute("SELECT 1 FROM oauth2_provider_grant WHERE code = %s FOR UPDATE", [code])
        doomed = pool.submit(victim.post, TOKEN, form, client.authorization())
        waiting = _wait_for_waiter(watcher)
        victim.kill()
        assert doomed.result().status == 0
        barrier.rollback()
        _wait_for_end(watcher, waiting)
    left = _live(client)[0]
    return left, _round(client, [survivor.post(TOKEN, form, client.authorization())])


def _wait_for_waiter(watcher: psycopg.Connection) -> int:
    for _ in range(PATIENCE * 50):
        if row := watcher.execute(HELD).fetchone():
            return int(row[0])
        time.sleep(0.02)
    raise TimeoutError("no node came to the barrier")


def _wait_for_end(watcher: psycopg.Connection, pid: int) -> None:
    """The dead node's transaction is over when its backend has gone."""
    for _ in range(PATIENCE * 50):
        if not watcher.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            return
        time.sleep(0.02)
    raise TimeoutError("the dead node's backend is still there")
