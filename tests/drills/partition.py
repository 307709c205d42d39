"""Drill 26: of three nodes behind a balancer one is cut off from the database and another from Redis, in turn in both
directions and in each; then the network heals. Where the store is elsewhere, it is cut off from that and from the
database in turn."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from idp.local.processes import LOOPBACK, free_port
from tests.drills.behind import ENDPOINT, RETRY, endpoint
from tests.drills.drill import Turn
from tests.drills.ground import Ground
from tests.drills.history import Op, Outcome
from tests.drills.link import BOTH, Link, Way, link
from tests.drills.load import BAD, Load, ask_for_all
from tests.drills.people import People, look, signed_in
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.session_cache import REST
from tests.drills.wire import ask
from tests.servers.member import Balancer
from tests.servers.nodes import Node
from tests.servers.standby import port

WAYS: tuple[tuple[Way, ...], ...] = (BOTH, (Way.THERE,), (Way.BACK,))
LASTS = 10.0
"""Seconds."""
ROTATION = 3.0
"""Seconds in which the balancer sends nothing more to who is cut off, and sends it requests again; nobody is told 503
for longer after that."""
PATIENCE = 60.0
"""Seconds after which what has not happened never will."""
WORKERS = 4
WARM = 0.5
"""Seconds of load before the fault, and after all is well."""


@dataclass(frozen=True, slots=True)
class Parted:
    """`databases` lead one node to the database and to the store, where that is elsewhere; `redis` another to Redis;
    the third needs no link."""

    no_database: Node
    no_redis: Node
    whole: Node
    databases: tuple[Link, ...]
    redis: Link
    balancer: Balancer

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.no_database, self.no_redis, self.whole)

    @property
    def served(self) -> tuple[Node, ...]:
        """Those that go on through all of it."""
        return (self.no_redis, self.whole)

    def is_out(self) -> bool:
        """Whether the balancer sends nothing to the node without a database."""
        said, name = self.balancer.said(), self.no_database.name
        return said.rfind(f"{name} gets no requests") > said.rfind(f"{name} takes requests")

    def is_in(self) -> bool:
        return not self.is_out()


@contextmanager
def parted(ground: Ground) -> Iterator[Parted]:
    with link(port(ground.postgres)) as database, link(ground.redis.port) as redis, ExitStack() as stack:
        url = ground.cluster.database_url.replace(f":{database.target}/", f":{database.port}/")
        databases, far = [database], {"DATABASE_URL": url}
        if ground.store == "dynamodb":
            databases.insert(0, store := stack.enter_context(link(endpoint(ground))))
            far[ENDPOINT] = f"http://{LOOPBACK}:{store.port}"
        own = (far, {"REDIS_URL": ground.redis.url.replace(str(redis.target), str(redis.port))})
        nodes = no_database, no_redis, whole = stack.enter_context(
            ground.cluster.more(3, own, IDP_TOKENS_REFRESH_RETRY=str(int(RETRY)))
        )
        balancer = stack.enter_context(ground.cluster.balancer(free_port(), nodes))
        yield Parted(no_database, no_redis, whole, tuple(databases), redis, balancer)


def partition(turn: Turn) -> None:
    """Clients come through the balancer, people to the two nodes that have a database, and two of them sign out."""
    turn.grace = RETRY
    at = turn.ground.kept(parted)
    with People(turn, at.served) as people, Load(turn, (at.balancer,), WORKERS) as load:
        leaving = [signed_in(turn, node) for node in at.served]
        look(leaving, at.served)
        time.sleep(WARM)  # load before the fault
        began = time.monotonic()
        cuts = (at.databases[turn.number % len(at.databases)], at.redis)
        for each in cuts:
            each.cut(WAYS[turn.number % len(WAYS)])
        out = _until(turn, at.is_out, ROTATION, "that the balancer left the node out")
        _leave(turn, at, leaving)
        time.sleep(max(0.0, began + LASTS - time.monotonic()))  # the fault lasts
        for each in cuts:
            each.heal()
        healed = time.monotonic()
        turn.recovery = _until(turn, at.is_in, ROTATION, "that the balancer took the node back") - healed
        time.sleep(ROTATION + WARM)  # load after it
    _judge(turn, at, out, healed)
    _until(turn, partial(_uses_redis, at, people.browsers), 2 * REST, "that the node used Redis again")
    people.everywhere()
    look(leaving, at.nodes)
    _promised(turn, at, load)


def _until(turn: Turn, true: Callable[[], bool], bound: float, what: str) -> float:
    """When it was so; a violation where that took longer than `bound`."""
    began = time.monotonic()
    while not true() and time.monotonic() < began + PATIENCE:
        time.sleep(0.05)
    turn.expect_within(time.monotonic() - began, bound, what)
    return time.monotonic()


def _leave(turn: Turn, at: Parted, leaving: list[RecordedBrowser]) -> None:
    """Each signs out where the other signed in: what one node has in Redis, the other cannot take away."""
    for browser, node in zip(leaving, reversed(at.served), strict=True):
        answer = browser.sign_out(node)
        turn.expect(answer.status == 302, f"a sign-out at {node.url} was told {answer.status}")
    look(leaving, at.served)
    answer = ask(at.no_redis.port, "GET", "/readyz")
    told = (answer.status, list(answer.json.get("warnings", {})))
    turn.expect(told == (200, ["session cache"]), f"the node without Redis said {told}")


def _judge(turn: Turn, at: Parted, out: float, healed: float) -> None:
    """Who is cut off costs its clients a 503 until it is left out. After that only a row waits that it had in hand."""
    elsewhere = tuple(f"{node.port}/" for node in at.served)
    for event in turn.history.events:
        bad = event.outcome in BAD
        turn.expect(event.outcome is not Outcome.UNKNOWN, f"no answer at {event.place}")
        if bad and (event.op is Op.ASK or event.place.startswith(elsewhere)):
            turn.expect(False, f"{event.op} at {event.place} was told {event.status}")
        turn.expect(not (bad and event.op is Op.USE and event.start > out), f"a read was told {event.status}")
    last = max([healed, *(event.end for event in turn.history.events if event.outcome in BAD)])
    turn.expect_within(last - healed, ROTATION, "the last 503")


def _uses_redis(at: Parted, browsers: list[RecordedBrowser]) -> bool:
    """Whether a look at the node makes Redis answer it."""
    before = at.redis.carried
    look(browsers[:1], [at.no_redis])
    return at.redis.carried > before


def _promised(turn: Turn, at: Parted, load: Load) -> None:
    for worker in load.workers:
        worker.nodes = at.nodes
    ask_for_all(turn, load.workers)
