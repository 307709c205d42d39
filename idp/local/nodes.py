"""Nodes of the product: gunicorn processes on free loopback ports, which share one database. For tests and drills."""

import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from idp import secrets as server_secrets
from idp.local import server
from idp.local.processes import LOOPBACK, free_port, signal_group, start, stop, wait_until

OURS = re.compile(r"(IDP|DJANGO|DEMO|TEST)_|(DATABASE|REDIS)_URL")


@dataclass(slots=True)
class Node:
    """One gunicorn master with its workers."""

    port: int
    environ: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Starts it, without waiting until it answers."""
        self.process = start(server.command(), environ={**self.environ, "IDP_PORT": str(self.port)}, log=self.log)

    def wait(self) -> None:
        """Until it answers. CannotStart if it does not."""
        if self.process is None:
            raise RuntimeError(f"{self.url} was not started")
        wait_until(self._answers, self.process, f"the node at {self.url} (log: {self.log})")

    def kill(self) -> None:
        """kill -9 of the master and its workers at once: nothing is finished, nobody is told."""
        if self.process is not None:
            signal_group(self.process, signal.SIGKILL)
            self.process.wait()

    def kill_worker(self) -> None:
        """kill -9 of the process that answers requests; the master starts another."""
        if self.process is not None:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
            for child in map(int, children.split()):
                os.kill(child, signal.SIGKILL)

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)

    def ready(self) -> bool:
        """Whether it may be sent requests: its database answers too."""
        return server.healthy(LOOPBACK, self.port, self.url, path="/readyz")

    def _answers(self) -> bool:
        return server.healthy(LOOPBACK, self.port, self.url)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Equal nodes. The issuer is the first one's address; there is no balancer, so a caller picks its node."""

    issuer: str
    nodes: tuple[Node, ...]
    database_url: str
    environ: Mapping[str, str]

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

    def client(self, kind: str, name: str, *redirect_uris: str) -> dict[str, str]:
        """Registers a client: its client_id and, of a confidential one, client_secret."""
        uris = [part for uri in redirect_uris for part in ("--redirect-uri", uri)]
        made: dict[str, str] = json.loads(self.manage("createclient", "--kind", kind, "--name", name, *uris))
        return made

    @contextlib.contextmanager
    def more(self, count: int, **environ: str) -> Iterator[tuple[Node, ...]]:
        """Further nodes over the same database, with settings of their own, which end with the block."""
        folder = self.nodes[0].log.parent
        settings = {**self.environ, **environ}
        made = [Node(port, settings, folder / f"node-{port}.log") for port in (free_port() for _ in range(count))]
        with _running(made):
            yield tuple(made)

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

    `folder`: for secrets, static files and logs. `own`: settings of the first nodes alone, one mapping a node.
    `environ`: settings for every process.
    """
    ports = [free_port() for _ in range(count)]
    issuer = f"http://localhost:{ports[0]}"
    with _database(server_url) as database_url:
        ours = {"IDP_DATA": str(folder), "IDP_BASE_URL": issuer, "DATABASE_URL": database_url, **environ}
        inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        shared = server.with_root({**inherited, "DJANGO_SETTINGS_MODULE": "idp.settings", **ours})
        nodes = tuple(
            Node(port, {**shared, **alone}, folder / f"node-{port}.log")
            for port, alone in zip(ports, chain(own, repeat({})), strict=False)
        )
        made = Cluster(issuer, nodes, database_url, shared)
        server_secrets.create(folder / "secrets")
        made.run("-m", "idp.local.prepare")
        with _running(nodes):
            yield made


@contextlib.contextmanager
def _running(nodes: Sequence[Node]) -> Iterator[None]:
    with contextlib.ExitStack() as started:
        for node in nodes:
            node.start()
            started.callback(node.stop)
        for node in nodes:
            node.wait()
        yield


@contextlib.contextmanager
def _database(server_url: str) -> Iterator[str]:
    name = f"nodes_{secrets.token_hex(8)}"
    _execute(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        _execute(server_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _execute(server_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)
