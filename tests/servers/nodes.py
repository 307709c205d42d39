"""Nodes of the product: gunicorn processes on free loopback ports, which share one database. For tests and drills."""

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from idp import secrets as server_secrets
from idp.conf import SIDES, Role
from idp.local import command_lines, program
from idp.local.processes import GRACE, LOOPBACK, free_port, stop_together, wait_until
from tests.servers.member import Balancer, Beat, Member, Worker

OURS = re.compile(r"(IDP|DJANGO|DEMO|TEST)_|(DATABASE|REDIS)_URL")
M = TypeVar("M", bound=Member)


class Node(Member):
    """One gunicorn master with its workers."""

    def __init__(self, port: int, environ: Mapping[str, str], log: Path) -> None:
        named = environ.get("IDP_ROLE", "all")
        self.role: Role = next(role for role in SIDES if role == named)
        super().__init__(program.node(f"node-{port}", port, self.role, environ, log))
        self.port = port
        self.url = f"http://localhost:{port}"
        self.cookie_prefix = f"idp-{urlsplit(environ.get('IDP_BASE_URL', self.url)).port}-"
        """Of an http issuer: its port, not the node's."""

    def wait(self) -> None:
        """Until it answers. CannotStart if it does not."""
        if self.process is None:
            raise RuntimeError(f"{self.url} was not started")
        wait_until(self._answers, self.process, f"the node at {self.url} (log: {self.log})")

    def kill_worker(self) -> None:
        """kill -9 of the process that answers requests; the master starts another."""
        self.kill_children()

    def ready(self) -> bool:
        """Whether it may be sent requests: its database answers too."""
        return command_lines.healthy(LOOPBACK, self.port, self.url, path="/readyz")

    def _answers(self) -> bool:
        return command_lines.healthy(LOOPBACK, self.port, self.url)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Nodes over one database. The issuer is the first one's address, or that of the balancer before them."""

    issuer: str
    nodes: tuple[Node, ...]
    database_url: str
    environ: Mapping[str, str]
    programs: tuple[str, ...] = ()
    """Patterns of the paths that back nodes answer."""

    def run(self, *arguments: str, **environ: str) -> str:
        """What Python printed, in the nodes' environment. CalledProcessError, with its errors on ours, if it failed."""
        return subprocess.run(
            [sys.executable, *arguments],
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout

    def manage(self, *arguments: str, **environ: str) -> str:
        """What a management command printed."""
        return self.run("-m", "django", *arguments, **environ)

    def client(self, kind: str, name: str, *redirect_uris: str, more: Sequence[str] = ()) -> dict[str, str]:
        """Registers a client: its client_id and, of a confidential one, client_secret. `more`: further arguments of
        `createclient`."""
        uris = [part for uri in redirect_uris for part in ("--redirect-uri", uri)]
        body: dict[str, str] = json.loads(self.manage("createclient", "--kind", kind, "--name", name, *uris, *more))
        return body

    @contextlib.contextmanager
    def more(self, count: int, own: Sequence[Mapping[str, str]] = (), /, **environ: str) -> Iterator[tuple[Node, ...]]:
        """Further nodes over the same database, with settings of their own, which end with the block. `own`: settings
        of only the first of them, one mapping a node."""
        folder, settings = self.nodes[0].log.parent, {**self.environ, **environ}
        ports = (free_port() for _ in range(count))
        nodes = [
            Node(port, {**settings, **alone}, folder / f"node-{port}.log")
            for port, alone in zip(ports, chain(own, repeat({})), strict=False)
        ]
        with _running(nodes):
            yield tuple(nodes)

    @contextlib.contextmanager
    def balancer(self, port: int, nodes: Sequence[Node]) -> Iterator[Balancer]:
        """One before these nodes, which ends with the block."""
        named = [(node.name, node.port, node.role) for node in nodes]
        made = Balancer(port, named, self.programs, self.environ, self.nodes[0].log.with_name(f"balancer-{port}.log"))
        with _started([made]):
            made.wait()
            yield made

    @contextlib.contextmanager
    def workers(self, count: int, **environ: str) -> Iterator[tuple[Worker, ...]]:
        """Celery workers, started and not waited for, which end with the block. REDIS_URL is the broker's."""
        with _started([Worker(*self._celery("worker", number, environ)) for number in range(1, count + 1)]) as started:
            yield started

    @contextlib.contextmanager
    def beats(self, count: int, **environ: str) -> Iterator[tuple[Beat, ...]]:
        """Celery beats, started and not waited for, which end with the block. REDIS_URL is the broker's."""
        with _started([Beat(*self._celery("beat", number, environ)) for number in range(1, count + 1)]) as started:
            yield started

    def _celery(self, kind: str, number: int, environ: Mapping[str, str]) -> tuple[str, Mapping[str, str], Path]:
        name = f"{kind}-{number}"
        return name, {**self.environ, **environ}, self.nodes[0].log.with_name(f"{name}.log")

    def superuser(self, username: str, email: str, password: str) -> None:
        self.manage(
            "createsuperuser",
            "--noinput",
            DJANGO_SUPERUSER_USERNAME=username,
            DJANGO_SUPERUSER_EMAIL=email,
            DJANGO_SUPERUSER_PASSWORD=password,
        )


@contextlib.contextmanager
def cluster(
    count: int, *, server_url: str, folder: Path, own: Sequence[Mapping[str, str]] = (), **environ: str
) -> Iterator[Cluster]:
    """`count` nodes that answer, over a new database of the PostgreSQL server at `server_url`; both end with the block.

    `folder`: for secrets, static files and logs. `own`: settings of only the first nodes, one mapping a node.
    `environ`: settings for every process.
    """
    ports = [free_port() for _ in range(count)]
    with _prepared(ports, ports[0], server_url, folder, own, environ) as prepared, _running(prepared.nodes):
        yield prepared


@contextlib.contextmanager
def balanced(
    count: int, *, server_url: str, folder: Path, own: Sequence[Mapping[str, str]] = (), **environ: str
) -> Iterator[tuple[Cluster, Balancer]]:
    """The same behind a balancer, whose address is the issuer. A node's IDP_ROLE says which requests it gets."""
    ports, port = [free_port() for _ in range(count)], free_port()
    trusting = {"IDP_TRUSTED_PROXIES": "1", **environ}
    with (
        _prepared(ports, port, server_url, folder, own, trusting) as prepared,
        _running(prepared.nodes),
        prepared.balancer(port, prepared.nodes) as balancer,
    ):
        yield prepared, balancer


@contextlib.contextmanager
def _prepared(
    ports: Sequence[int],
    issuer_port: int,
    server_url: str,
    folder: Path,
    own: Sequence[Mapping[str, str]],
    environ: Mapping[str, str],
) -> Iterator[Cluster]:
    """A cluster whose nodes are not started."""
    issuer = f"http://localhost:{issuer_port}"
    with new_database(server_url) as database_url:
        ours = {"IDP_DATA": str(folder), "IDP_BASE_URL": issuer, "DATABASE_URL": database_url, **environ}
        inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        shared = command_lines.with_root({**inherited, "DJANGO_SETTINGS_MODULE": "idp.settings", **ours})
        nodes = tuple(
            Node(port, {**shared, **alone}, folder / f"node-{port}.log")
            for port, alone in zip(ports, chain(own, repeat({})), strict=False)
        )
        server_secrets.create(folder / "secrets")
        world = Cluster(issuer, nodes, database_url, shared)
        prepared = json.loads(world.manage("prepare"))
        yield replace(world, programs=tuple(prepared["programs"]))


@contextlib.contextmanager
def _running(nodes: Sequence[Node]) -> Iterator[None]:
    with _started(nodes):
        for node in nodes:
            node.wait()
        yield


@contextlib.contextmanager
def _started(members: Sequence[M]) -> Iterator[tuple[M, ...]]:
    try:
        for member in members:
            member.start()
        yield tuple(members)
    finally:
        stop_together([member.process for member in members if member.process is not None], GRACE)


@contextlib.contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """The URL of an empty one of the PostgreSQL server, gone when the block ends."""
    name = f"nodes_{secrets.token_hex(8)}"
    _execute(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        _execute(server_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _execute(server_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)
