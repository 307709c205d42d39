"""Drills 9 to 11: Redis loses everything, or hangs, while people are signed in and sign out."""

import time
from collections.abc import Iterable
from functools import partial

import redis

from tests.drills.at_once import at_once
from tests.drills.drill import Turn
from tests.drills.ground import GRACE, until
from tests.drills.history import Event, Op
from tests.drills.load import Load, ask_for_all
from tests.drills.people import LOOKING, People, look, quantile, signed_in
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.relying_party import Ready
from tests.servers.nodes import Node

REST = 5.0
"""Seconds, as in accounts.sessions.breaker, which wants Django: the drills run without."""
BEFORE = 2.0
"""Seconds of load without a fault, which the fault is compared with."""
FLUSHING, BETWEEN = 2.0, 0.05
"""Seconds of FLUSHALL again and again."""
SLOWER = 3.0
"""So many times as long may the slowest request but one in a hundred take,"""
LITTLE = 0.15
"""or twice these seconds on a machine that does other things, too."""
HUNG = 10.0
"""Seconds that Redis hangs."""
MOST = 0.99
SHARES = {Op.USE: MOST, Op.CONSUME: MOST, Op.LOGIN: 0.5}
"""Which share of the requests is looked at: there are too few sign-ins for more than the middle one."""
ADDED = 0.25
"""Seconds that a request may take longer for it; a busy machine takes so many times as long, and so much more:"""
NOISE, SPARE = 2.0, 0.25
WORKERS = 2
"""Clients of the token endpoint, which has a node of its own."""


def emptied(turn: Turn) -> None:
    """FLUSHALL, again and again, under load."""
    with People(turn, turn.ground.fronts) as people, turn.ground.redis.client() as client:
        before = _for(turn, BEFORE)
        until(lambda: int(client.dbsize()) > 0)  # of people who go on: a busy machine's breaker may be open for a while
        began = time.monotonic()
        while time.monotonic() < began + FLUSHING:
            client.flushall()
            time.sleep(BETWEEN)
        after = list(turn.history.since(began))
    people.everywhere()
    usual, worst = quantile(MOST, before, Op.USE), quantile(MOST, after, Op.USE)
    turn.expect_within(worst, SLOWER * max(usual, LITTLE), f"99% of the pages, {usual:.2f} s before,")
    _settled(turn, people.browsers)


def hung(turn: Turn, seconds: float = HUNG) -> None:
    """SIGSTOP: pages, sign-ins and the token endpoint are answered from the database."""
    ground, turn.grace = turn.ground, GRACE
    with People(turn, ground.fronts) as people, Load(turn, (*ground.backs, ground.nodes[0]), WORKERS) as load:
        before, asked = _for(turn, BEFORE), _connections(turn)
        ground.redis.pause()
        try:
            began = time.monotonic()
            during = _for(turn, seconds)
        finally:
            ground.redis.resume()
    people.everywhere()
    for op, share in SHARES.items():
        usual, worst = quantile(share, before, op), quantile(share, during, op)
        turn.expect_within(worst, NOISE * usual + SPARE + ADDED, f"{share:.0%} of {op}, {usual:.2f} s before,")
    ask_for_all(turn, load.workers)
    _nobody_went_on_asking(turn, seconds, asked)
    turn.recovery = _settled(turn, people.browsers) - began - seconds


def sign_out(turn: Turn) -> None:
    """SIGSTOP, people sign out while others look at the same pages, SIGCONT: what Redis holds is worth nothing."""
    ground = turn.ground
    pages = (*ground.fronts, *ground.nodes)
    leaving = [signed_in(turn, turn.random.choice(ground.fronts)) for _ in range(3)]
    staying = [signed_in(turn, turn.random.choice(ground.fronts))]
    look([*leaving, *staying], pages)
    ground.redis.pause()
    try:
        looks = [partial(_look, turn, browser) for browser in leaving for _ in range(2)]
        at_once([*(partial(_leave, turn, browser) for browser in leaving), *looks])
        look([*leaving, *staying], pages)
    finally:
        ground.redis.resume()
    look([*leaving, *staying], pages)
    with ground.redis.client() as client:
        turn.expect(int(client.dbsize()) > 0, "Redis holds nothing: the fault was none")
    _settled(turn, [*leaving, *staying])


def _for(turn: Turn, seconds: float) -> list[Event]:
    """What ends in so many seconds from now; a sign-in is waited for."""
    began = time.monotonic()
    time.sleep(seconds)  # load for so long
    until(lambda: any(event.op is Op.LOGIN for event in turn.history.since(began)))
    return list(turn.history.since(began))


def _connections(turn: Turn) -> int:
    with turn.ground.redis.client() as client:
        return int(client.info("stats")["total_connections_received"])


def _nobody_went_on_asking(turn: Turn, seconds: float, before: int) -> None:
    """A server that hangs is asked by those who met it at one moment, and by one thread of a node after each rest."""
    tried = _connections(turn) - before
    nodes = len(turn.ground.fronts) + 1
    bound = nodes * (LOOKING + WORKERS + 1 + int(seconds / REST) + 1)
    turn.expect(tried <= bound, f"{tried} connections were made to a Redis that hung; {bound} are enough")


def _settled(turn: Turn, browsers: Iterable[RecordedBrowser]) -> float:
    """Until every node has Redis again; each browser is then where it was. When the last node had it."""
    browsers = list(browsers)
    pages = (*turn.ground.fronts, *turn.ground.nodes)
    deadline = time.monotonic() + 2 * REST
    for node in turn.ground.fronts:
        while not _used(turn, browsers, node):
            if time.monotonic() > deadline:
                turn.expect(False, f"{node.url} does not use Redis {2 * REST:.0f} s after")
                break
            time.sleep(0.1)
    healed = time.monotonic()
    look(browsers, pages)
    return healed


def _used(turn: Turn, browsers: Iterable[RecordedBrowser], node: Node) -> bool:
    """Whether a look at the node makes it ask Redis."""
    with turn.ground.redis.client() as client:
        before = _reads(client)
        look(browsers, [node])
        return _reads(client) > before


def _reads(client: redis.Redis) -> int:
    found = client.info("commandstats")
    return int(found["cmdstat_get"]["calls"]) if "cmdstat_get" in found else 0


def _leave(turn: Turn, browser: RecordedBrowser, ready: Ready) -> None:
    answer = browser.sign_out(turn.random.choice(turn.ground.fronts), ready)
    turn.expect(answer.status == 302, f"a sign-out was told {answer.status}")
    look([browser], (*turn.ground.fronts, *turn.ground.nodes))


def _look(turn: Turn, browser: RecordedBrowser, ready: Ready) -> None:
    ready()
    look([browser], turn.ground.fronts)
