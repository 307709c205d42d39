"""Nodes that reach the ground's database through something, and clients that wait until they are well again."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from idp.local.processes import LOOPBACK
from tests.drills.between import Between, between
from tests.drills.drill import Turn
from tests.drills.ground import Ground
from tests.drills.history import Op, Outcome
from tests.drills.load import BAD, Load, ask_for_all
from tests.servers.haproxy import HAProxy, haproxy
from tests.servers.nodes import Node
from tests.servers.pgbouncer import PgBouncer, pgbouncer
from tests.servers.standby import port, thaw

ENDPOINT = "IDP_DYNAMODB_ENDPOINT"
WORKERS = 4
WARM = 0.5
"""Seconds of load before the fault: the pools fill."""
POOL = 3
"""Connections of a node: fewer than the clients that a load has, so that they are all in use."""
RECOVERY = 10.0
"""Seconds after a new primary accepts in which everything is good again, without a restart."""
WELL = 0.5
"""Seconds of a load without a bad answer, after which it is over."""
RETRY = 120.0
"""Seconds of IDP_TOKENS_REFRESH_RETRY: that an answer is lost is known after a deadline, and on a busy machine a client
needs as long again until it retries."""
PATIENCE = 60.0
"""Seconds after which what is not well never gets so."""


@dataclass(frozen=True, slots=True)
class Behind:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class BehindProxy(Behind):
    proxy: HAProxy


@dataclass(frozen=True, slots=True)
class BehindPooler(Behind):
    pooler: PgBouncer


@dataclass(frozen=True, slots=True)
class BehindBetween(Behind):
    """Before DynamoDB."""

    between: Between


@contextmanager
def behind_between(ground: Ground) -> Iterator[BehindBetween]:
    with between(endpoint(ground)) as proxy, ground.cluster.more(2, **{ENDPOINT: proxy.url}) as nodes:
        yield BehindBetween(nodes, proxy)


def endpoint(ground: Ground) -> int:
    """DynamoDB's port."""
    found = urlsplit(ground.cluster.environ[ENDPOINT]).port
    assert found is not None
    return found


@contextmanager
def behind_proxy(ground: Ground) -> Iterator[BehindProxy]:
    with haproxy(port(ground.postgres)) as proxy, ground.cluster.more(2, **_through(ground, proxy.port)) as nodes:
        yield BehindProxy(nodes, proxy)


@contextmanager
def behind_pooler(ground: Ground) -> Iterator[BehindPooler]:
    with pgbouncer(port(ground.postgres)) as pooler, ground.cluster.more(2, **_through(ground, pooler.port)) as nodes:
        yield BehindPooler(nodes, pooler)


def _through(ground: Ground, at: int) -> dict[str, str]:
    url = urlsplit(ground.cluster.database_url)
    through = url._replace(netloc=f"{url.username}@{LOOPBACK}:{at}").geturl()
    return {"DATABASE_URL": through, "IDP_DATABASE_POOL": str(POOL), "IDP_TOKENS_REFRESH_RETRY": str(int(RETRY))}


def begin(turn: Turn, nodes: Sequence[Node]) -> Load:
    turn.grace = RETRY
    return Load(turn, tuple(nodes), WORKERS)


def fault(turn: Turn, load: Load, happen: Callable[[], None], *, idle: bool = False) -> tuple[float, float]:
    """When it began, and when it was over: what happens returns then. Under the load or, if `idle`, before a second
    one, while the connections of the first one lie idle. The load goes on until it is answered again."""
    with load:
        time.sleep(WARM)  # load before the fault
        if not idle:
            began, healed = _happen(happen)
            _wait(load, healed)
    if idle:
        began, healed = _happen(happen)
        with load.again():
            _wait(load, healed)
    return began, healed


def promised(turn: Turn, load: Load, began: float, healed: float) -> None:
    """It was good again in time, every request was answered, and what was acknowledged holds."""
    events = list(turn.history.since(began))
    turn.recovery = max([0.0, *(event.end - healed for event in events if event.outcome in BAD)])
    turn.expect_within(turn.recovery, RECOVERY, "recovery")
    for event in events:
        turn.expect(event.outcome is not Outcome.UNKNOWN, f"no answer at {event.place}")
    ask_for_all(turn, load.workers)


@contextmanager
def led_back(ground: Ground, at: BehindProxy) -> Iterator[None]:
    """After it the ground's own server is the primary again, as if nothing had been written elsewhere."""
    try:
        yield
    finally:
        at.proxy.lead_to(port(ground.postgres))
        thaw(ground.postgres)


def _happen(happen: Callable[[], None]) -> tuple[float, float]:
    began = time.monotonic()
    happen()
    return began, time.monotonic()


def _wait(load: Load, healed: float) -> None:
    deadline = healed + PATIENCE
    while time.monotonic() < deadline and not _is_well(load, healed):
        time.sleep(0.05)


def _is_well(load: Load, healed: float) -> bool:
    """Whether every node was asked for what needs its database since, and nothing was refused for a while. One that
    nobody asked may still hold connections to what is gone: it learns of it from the first who does ask."""
    since = [event for event in load.turn.history.since(healed) if event.op is not Op.ASK]
    reached = {event.place.partition("/")[0] for event in since if event.start > healed and event.outcome not in BAD}
    last_bad = max((event.end for event in since if event.outcome in BAD), default=healed)
    return reached == {str(node.port) for node in load.nodes} and time.monotonic() > last_bad + WELL
