"""Drill 25: a table is locked for ten seconds; requests to it end with a 503, and nobody else notices."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.drills import barriers
from tests.drills.database import LIVE, RECOVERY
from tests.drills.drill import Turn
from tests.drills.history import Event, Op, Outcome
from tests.drills.load import BAD, WITHOUT_DATABASE, slowest
from tests.drills.relying_party import RelyingParty
from tests.servers.nodes import Node

LOCKED = "tokens_refreshtoken"
HELD = 10.0
"""Seconds."""
STATEMENT_TIMEOUT = 3.0
"""Seconds, as idp.databases sets it; a request may end so much later, on a machine that does other things too:"""
MARGIN = 0.5
HAMMERING, USING = 48, 3
"""So many at once refresh, over all nodes, and use access tokens at each."""
AGAIN, PAUSE = 0.25, 0.05
"""Seconds after which they ask again: far sooner than Retry-After asks, and still no loop that is busy."""


def lock(turn: Turn) -> None:
    """Refreshes hammer at the locked table; userinfo, introspection and what needs no database go on."""
    ground, client = turn.ground, turn.rotating
    codes = ground.codes(ground.rotating)
    begun = [client.redeem(ground.nodes[0], codes.new()).json for _ in range(HAMMERING)]
    with ThreadPoolExecutor(HAMMERING + USING * len(ground.nodes)) as pool:
        with barriers.table(LOCKED)(ground.cluster.database_url, ""):
            began = time.monotonic()
            end = began + HELD
            for number, tokens in enumerate(begun):
                pool.submit(_refresh, client, ground.nodes[number % len(ground.nodes)], tokens["refresh_token"], end)
            others = [
                pool.submit(partial(_use, turn, node, begun[0]["access_token"], end + RECOVERY))
                for node in ground.nodes
                for _ in range(USING)
            ]
            time.sleep(HELD)  # the fault lasts
            freed = time.monotonic()
        healed = time.monotonic()
        for other in others:
            other.result()
    _judge(turn, list(turn.history.since(began)), freed, healed)
    lost = [tokens for tokens in begun if client.refresh(ground.nodes[0], tokens["refresh_token"]).status != 200]
    turn.expect(not lost, f"{len(lost)} refresh tokens do not work after the lock")


def _judge(turn: Turn, events: list[Event], freed: float, healed: float) -> None:
    locked = [event for event in events if event.op is Op.CONSUME and event.end < freed]
    turn.expect(len(locked) > HAMMERING, "nobody hammered")
    told = {event.outcome for event in locked}
    turn.expect(told == {Outcome.UNAVAILABLE}, f"requests to the locked table were told {told}")
    turn.expect_within(slowest(locked), STATEMENT_TIMEOUT + MARGIN, "a request to the locked table")
    others = [event for event in events if event.op is not Op.CONSUME]
    refused = {(event.place, event.status) for event in others if event.outcome is not Outcome.OK}
    turn.expect(not refused, f"others were told {refused}")
    turn.expect_within(slowest(others), LIVE, "another endpoint")
    bad = [event for event in events if event.outcome in BAD]
    turn.recovery = max([0.0, *(event.end - healed for event in bad)])
    turn.expect_within(turn.recovery, RECOVERY, "recovery after the lock")


def _refresh(client: RelyingParty, node: Node, token: str, end: float) -> None:
    while time.monotonic() < end:
        client.refresh(node, token)
        time.sleep(AGAIN)


def _use(turn: Turn, node: Node, token: str, end: float) -> None:
    while time.monotonic() < end:
        turn.rotating.userinfo(node, token)
        turn.rotating.introspect(node, token)
        for path in WITHOUT_DATABASE:
            turn.public.get(node, path)
        time.sleep(PAUSE)
