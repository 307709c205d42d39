"""What one process of a deployment is, and the one way to start it: for `up`, which keeps it running, and for tests and
drills, which end, kill and pause it."""

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from idp.conf import Role
from idp.local import command_lines
from idp.local.processes import LOOPBACK, ends_with_us, start

BALANCED = ("/healthz", "/.well-known/openid-configuration")
"""Paths that a balancer answers once it has a node for people and one for programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Not started. `kind`: its role, or what else it is."""

    name: str
    kind: str
    command: Sequence[str | Path]
    environ: Mapping[str, str]
    log: Path | None = None
    """What it prints is appended here; None: it goes where ours goes."""
    where: str = ""
    """Its address; empty if nobody connects to it."""
    quiet: bool = False
    """Whether what it prints is thrown away, but for its errors."""
    folder: Path | None = None
    """Where it runs; None: where we do."""

    def start(self) -> subprocess.Popen[bytes]:
        """Starts it in a process group of its own, without waiting until it does anything."""
        return start(self.command, environ=self.environ, log=self.log, quiet=self.quiet, folder=self.folder)

    def ends_with_us(self) -> Self:
        """The same, sent SIGTERM when we end without stopping it."""
        return replace(self, command=[*ends_with_us(), *self.command])


def node(name: str, port: int, role: Role, environ: Mapping[str, str], log: Path) -> Program:
    """gunicorn with its workers, on a loopback port."""
    return Program(
        name=name,
        kind=role,
        command=command_lines.gunicorn(),
        environ={**environ, "IDP_ROLE": role, "IDP_PORT": str(port)},
        log=log,
        where=f"{LOOPBACK}:{port}",
    )


def worker(name: str, environ: Mapping[str, str], log: Path) -> Program:
    """A Celery worker: `environ` names broker and database."""
    command = command_lines.worker(name)
    return Program(name=name, kind="worker", command=command, environ={**environ, "IDP_ROLE": "worker"}, log=log)


def beat(name: str, environ: Mapping[str, str], log: Path) -> Program:
    """A Celery beat; of those at one broker, one leads."""
    # The level at which it says that it leads.
    settings = {**environ, "IDP_ROLE": "beat", "IDP_LOG_LEVEL": "INFO"}
    return Program(name=name, kind="beat", command=command_lines.beat(), environ=settings, log=log)


def balancer(
    port: int,
    nodes: Iterable[tuple[str, int, Role]],
    patterns: Iterable[str],
    environ: Mapping[str, str],
    log: Path | None = None,
    issuer: str = "",
) -> Program:
    """The balancer before `nodes` (name, port, role). `patterns`: of the paths that back nodes answer. `issuer`: where
    that is not the balancer's own address."""
    url = f"http://localhost:{port}"
    command = command_lines.balancer(port, issuer or url, nodes, patterns)
    return Program(name="balancer", kind="balancer", command=command, environ=environ, log=log, where=url)
