"""Machines with a node, a worker and a beat each, behind a balancer and over a database of their own: they are replaced
by another build one at a time, as the runbook says."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from urllib.parse import urlsplit

import psycopg

from tests.drills.admin import Admin, admin
from tests.drills.builds import Build
from tests.drills.ground import BOB, CODE_LIFETIME, Ground, rotating, until
from tests.drills.stores import apart
from tests.drills.wire import ask
from tests.servers.member import Balancer, Beat, Member, Worker
from tests.servers.nodes import Cluster, Node, balanced
from tests.support.messages import NOWHERE
from tests.support.people import EMAIL, PASSWORD, USERNAME

DRAIN = "2"
"""Seconds of IDP_DRAIN: four looks of the balancer."""
RETRY = 60
"""Seconds of IDP_TOKENS_REFRESH_RETRY."""
PATIENCE = 120.0
"""Seconds after which what did not start never will, and what did not end is killed."""
BROKER = "/3"
"""Of the ground's Redis: other drills' beats agree among themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    nodes: int
    workers: int
    """As many beats."""
    mixed: float
    """Seconds for which both builds serve, each way, at the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    cluster: Cluster
    desk: Admin
    """Of the build that is there first."""
    balancer: Balancer
    door: Node
    """The balancer, as it looks to those who ask it. It is never started."""
    workers: Sequence[Worker]
    beats: Sequence[Beat]
    web: dict[str, str]
    spa: dict[str, str]
    broker: str
    size: Size

    @property
    def machines(self) -> list[tuple[Node, list[Member]]]:
        """A node, and what else runs there."""
        found = zip_longest(self.cluster.nodes, self.workers, self.beats)
        return [(node, [each for each in others if each is not None]) for node, *others in found]

    def database(self) -> psycopg.Connection:
        return psycopg.connect(self.cluster.database_url, autocommit=True, connect_timeout=5)

    def start(self, node: Node, build: Build) -> int:
        """In the place of what it was: drained, ended, started, and alive. How often the balancer took it before."""
        node.stop(PATIENCE)
        taken = self._taken(node)
        _start(node, build)
        until(lambda: ask(node.port, "GET", "/healthz").status == 200, PATIENCE)
        return taken

    def await_rotation(self, node: Node, taken: int) -> None:
        """Until the balancer took it once more."""
        until(lambda: self._taken(node) > taken, PATIENCE)

    def restart(self, others: Sequence[Member], build: Build) -> None:
        """Workers and beats; they are there when it returns."""
        for each in others:
            each.stop(PATIENCE)
            _start(each, build)
        until(lambda: all(each.running and _there(each) for each in others), PATIENCE)

    def _taken(self, node: Node) -> int:
        return self.balancer.said().count(f"{node.name} takes requests")


@contextmanager
def deployed(ground: Ground, size: Size, number: int) -> Iterator[Deployed]:
    name = f"rolled-{number}"
    folder = ground.cluster.nodes[0].log.parent / name
    folder.mkdir(exist_ok=True)
    broker = urlsplit(ground.redis.url)._replace(path=BROKER).geturl()
    settings = {
        "REDIS_URL": broker,
        "IDP_DRAIN": DRAIN,
        "IDP_BEAT_LOOP": "1",
        "IDP_BEAT_LOCK": "4",
        "IDP_TOKENS_CODE_LIFETIME": str(CODE_LIFETIME),
        "IDP_TOKENS_REFRESH_RETRY": str(RETRY),
        **apart(ground.elsewhere, name),
    }
    with (
        balanced(size.nodes, server_url=ground.postgres.url, folder=folder, own=(), **settings) as (cluster, balancer),
        admin(cluster, DJANGO_SUPERUSER_PASSWORD=PASSWORD) as desk,
        cluster.workers(size.workers) as workers,
        cluster.beats(size.workers) as beats,
    ):
        for username, email in ((USERNAME, EMAIL), (BOB, f"{BOB}@example.org")):
            desk.superuser(username, email)
        yield Deployed(
            cluster=cluster,
            desk=desk,
            balancer=balancer,
            door=Node(balancer.port, cluster.environ, folder / "never-started.log"),
            workers=workers,
            beats=beats,
            web=rotating(desk),
            spa=desk.client("spa", "Rotates", NOWHERE),
            broker=broker,
            size=size,
        )


def _start(member: Member, build: Build) -> None:
    member.program = build.of(member.program)
    member.start()


def _there(member: Member) -> bool:
    """A worker takes tasks; a beat leads, or stands by."""
    return member.ready() if isinstance(member, Worker) else "beat: standing by" in member.said()
