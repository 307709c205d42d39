"""What a drill is done to: a PostgreSQL that keeps what it confirmed, nodes over it, a person and two clients."""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from idp.local.postgres import Postgres, postgres
from tests.drills.admin import Admin, admin
from tests.drills.codes import Codes
from tests.drills.scheduled import Scheduled, scheduled
from tests.drills.stores import STORES, Settings
from tests.servers.nodes import Cluster, Node, cluster
from tests.servers.redis_server import RedisServer, redis_server
from tests.support.messages import NOWHERE
from tests.support.people import EMAIL, PASSWORD, USERNAME
from tests.support.person import Person

Made = TypeVar("Made")
BOB = "bob"
"""Whose account is closed and opened again."""
NODES = 3
SWEEPERS = 4
MAX_CONNECTIONS = 100
CODE_LIFETIME = 600
GRACE = 10.0
"""Seconds of IDP_TOKENS_REFRESH_RETRY."""
CLEANUP_GRACE = 300
"""Seconds for which what expired is kept, at the least: a longer time would hide a clean-up that reckons wrongly."""
SETTLED = 20.0
"""Seconds in which every node is ready again after a drill, or the ground is lost."""


@dataclass(slots=True)
class Ground:
    cluster: Cluster
    postgres: Postgres
    redis: RedisServer
    admin: Admin
    person: Person
    public: dict[str, str]
    """Its refresh tokens rotate."""
    confidential: dict[str, str]
    rotating: dict[str, str]
    """It has a secret, so that it may introspect, and its refresh tokens rotate."""
    store: str
    """One of STORES."""
    elsewhere: Settings
    """By which nodes find it, where it is not in the database."""
    _ends: ExitStack
    _strict: tuple[Node, ...] = ()
    _fronts: tuple[Node, ...] = ()
    _backs: tuple[Node, ...] = ()
    _sweepers: tuple[Admin, ...] = ()
    _scheduled: Scheduled | None = None
    _drill: ExitStack = field(default_factory=ExitStack)
    _kept: dict[str, Any] = field(default_factory=dict)

    @property
    def nodes(self) -> tuple[Node, ...]:
        return self.cluster.nodes

    @property
    def strict(self) -> tuple[Node, ...]:
        """Nodes that forbid retries. They start when they are first asked for."""
        if not self._strict:
            self._strict = self._ends.enter_context(self.cluster.more(2, IDP_TOKENS_REFRESH_RETRY="0"))
        return self._strict

    @property
    def fronts(self) -> tuple[Node, ...]:
        """Nodes for people only. They start when they are first asked for, as all that follow."""
        if not self._fronts:
            self._fronts = self._ends.enter_context(self.cluster.more(2, IDP_ROLE="front"))
        return self._fronts

    @property
    def backs(self) -> tuple[Node, ...]:
        """One node for programs only, which knows no Redis."""
        if not self._backs:
            self._backs = self._ends.enter_context(self.cluster.more(1, IDP_ROLE="back", REDIS_URL=""))
        return self._backs

    @property
    def sweepers(self) -> tuple[Admin, ...]:
        """Processes that can clean up without having to start first."""
        if not self._sweepers:
            self._sweepers = tuple(self._ends.enter_context(admin(self.cluster)) for _ in range(SWEEPERS))
        return self._sweepers

    @property
    def scheduled(self) -> Scheduled:
        """Workers and beats. They end with the drill that asked for them: no other has to bear with them."""
        if self._scheduled is None:
            tasks = frozenset(self.admin.say("tasks"))
            self._scheduled = self._drill.enter_context(scheduled(self.cluster, self.redis, tasks))
        return self._scheduled

    def kept(self, make: "Callable[[Ground], AbstractContextManager[Made]]") -> Made:
        """What the rounds of a drill share: made for the first, and ended after the last."""
        name = make.__name__
        if name not in self._kept:
            self._kept[name] = self._drill.enter_context(make(self))
        made: Made = self._kept[name]
        return made

    def rest(self) -> None:
        """After the last round of a drill."""
        self._drill.close()
        self._scheduled = None
        self._kept.clear()

    def database(self) -> psycopg.Connection:
        """A connection of the drill's own, where every statement is a transaction."""
        return psycopg.connect(self.cluster.database_url, autocommit=True, connect_timeout=5)

    def codes(self, client: dict[str, str], scope: str = "openid") -> Codes:
        return Codes(self.person, self.nodes[-1], client["client_id"], scope)

    def settle(self) -> None:
        """Until every node says that it is ready."""
        for node in (*self.nodes, *self._strict, *self._fronts, *self._backs):
            until(node.ready, SETTLED)


@contextlib.contextmanager
def ground(folder: Path, store: str = "orm") -> Iterator[Ground]:
    """`store`: one of STORES."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres(durable=True, max_connections=MAX_CONNECTIONS))
        cache = stack.enter_context(redis_server())
        elsewhere = stack.enter_context(STORES[store]())
        settings = {
            "REDIS_URL": cache.url,
            "IDP_TOKENS_CODE_LIFETIME": str(CODE_LIFETIME),
            "IDP_TOKENS_REFRESH_RETRY": str(int(GRACE)),
            "IDP_TOKENS_CLEANUP_GRACE": str(CLEANUP_GRACE),
            "IDP_MAIL_FOLDER": str(folder / "mail"),
            **elsewhere,
        }
        made = stack.enter_context(cluster(NODES, server_url=server.url, folder=folder, own=(), **settings))
        desk = stack.enter_context(admin(made, DJANGO_SUPERUSER_PASSWORD=PASSWORD))
        desk.superuser(USERNAME, EMAIL)
        desk.superuser(BOB, f"{BOB}@example.org")
        where = Ground(
            cluster=made,
            postgres=server,
            redis=cache,
            admin=desk,
            person=stack.enter_context(Person(USERNAME, PASSWORD)),
            public=desk.client("spa", "Rotates", NOWHERE),
            confidential=desk.client("web", "Keeps a secret", NOWHERE),
            rotating=rotating(desk),
            store=store,
            elsewhere=elsewhere,
            _ends=stack,
        )
        stack.callback(where.rest)
        yield where


def rotating(desk: Admin) -> dict[str, str]:
    """A client with a secret, whose refresh tokens rotate."""
    client = desk.client("web", "Keeps a secret and rotates", NOWHERE)
    desk.say("manage", "clients", "set", client["client_id"], "--rotate-refresh-tokens", "always")
    return client


def until(true: Callable[[], bool], timeout: float = 10.0, pause: float = 0.005) -> None:
    """Polls, with `pause` seconds between. AssertionError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(pause)
