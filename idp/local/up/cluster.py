"""`manage.py up --cluster`: PostgreSQL, Valkey, three nodes behind a balancer, two workers, two beats."""

import contextlib
import fcntl
import os
import secrets
import shlex
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from idp.conf import Deployment, Role
from idp.local import command_lines, program, valkey
from idp.local.kept_postgres import KeptPostgres, kept_postgres
from idp.local.processes import LOOPBACK, CannotStart, free_port
from idp.local.program import Program
from idp.local.up import steps
from idp.local.up.leader import Leader
from idp.local.up.mails import Mails
from idp.local.up.own_store import own_store
from idp.local.up.running import Running
from idp.local.up.supervisor import Restarted, Stopping, say

NODES: tuple[tuple[str, Role], ...] = (("front-1", "front"), ("front-2", "front"), ("back-1", "back"))
WORKERS = ("worker-1", "worker-2")
BEATS = ("beat-1", "beat-2")
URL = "database_url"
DRAIN = "2"
"""Seconds that a node which is told to end serves on: the balancer notices within one."""
LEADER_SECONDS = 5.0
"""So long the table waits for a beat that leads: later ones are told when they do."""


def serve(deployment: Deployment, stopping: Stopping, *, demo: bool, prepares: Sequence[str], store: str | None) -> int:
    """Until somebody asks us to stop: raises Stopped. `prepares`: options of `manage.py prepare`."""
    folder = deployment.data / "cluster"
    with contextlib.ExitStack() as stack:
        stack.enter_context(_alone(folder))
        kept = stack.enter_context(own_store(deployment, store, folder / "dynamodb", stopping))
        running = Running(folder)
        stack.callback(running.stop)
        database = _start_database(running, folder)
        memory = _start_memory(running, folder / "valkey")
        _tell_children(deployment, database, memory, folder)
        prepared = steps.prepare(stopping, *prepares)
        # Its password tells which database it is: the port may be another one today.
        seeds = steps.sow(stopping) if demo else None
        client = steps.register_demo(folder, deployment.port + 1, database.password, stopping) if demo else None
        leader = _start_nodes(running, deployment, prepared.programs, stopping)
        if client:
            running.add(steps.start_demo(deployment, client))
        _await_leader(running, leader, stopping)
        print(_table(running, leader, folder), flush=True)
        admin = steps.first_admin(deployment, prepared, stopping)
        reaching = f"IDP_DATA={shlex.quote(str(deployment.data))} DATABASE_URL_FILE={shlex.quote(str(folder / URL))}"
        print(steps.welcome(deployment, reaching, admin, client, seeds, kept), flush=True)
        mails = Mails()
        while True:
            _look(running, leader, stopping)
            running.look()
            mails.show()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """CannotStart if another `up --cluster` uses the folder."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"{folder} is in use by another `up --cluster`: stop it, or choose another with --data"
            ) from None
        yield


def _start_database(running: Running, folder: Path) -> KeptPostgres:
    say("starting PostgreSQL and Valkey")
    log = running.log("postgresql")
    log.unlink(missing_ok=True)
    database = kept_postgres(folder / "postgres", log)
    postgresql = Program(
        name="postgresql",
        kind="PostgreSQL",
        command=database.command,
        environ=os.environ,
        log=log,
        where=f"{LOOPBACK}:{database.port}",
    )
    database.wait(running.add(Restarted(postgresql)))
    return database


def _start_memory(running: Running, folder: Path) -> str:
    """Its URL. It keeps nothing on disk: sessions are in the database, and beats write their schedule again."""
    folder.mkdir(mode=0o700, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(32)
    url = f"redis://:{password}@{LOOPBACK}:{port}"
    log = running.log("valkey")
    memory = Program(
        name="valkey",
        kind="Valkey",
        command=valkey.command(port, folder, password),
        environ=os.environ,
        log=log,
        where=f"{LOOPBACK}:{port}",
    )
    valkey.wait(url, running.start(memory), log)
    return url


def _tell_children(deployment: Deployment, database: KeptPostgres, memory: str, folder: Path) -> None:
    """Settings of every process; the database's URL also for the commands of another terminal."""
    for name in ("IDP_BASE_URL", "IDP_TRUSTED_PROXIES"):
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {
        "DATABASE_URL": database.url,
        "REDIS_URL": memory,
        "IDP_BASE_URL": deployment.issuer,
        # Our balancer comes on top of what stands before it.
        "IDP_TRUSTED_PROXIES": str(deployment.trusted_proxies + 1),
    }
    os.environ.setdefault("IDP_DRAIN", DRAIN)
    with open(os.open(folder / URL, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(database.url)


def _start_nodes(running: Running, deployment: Deployment, patterns: Sequence[str], stopping: Stopping) -> Leader:
    """Workers, beats and nodes, and the balancer once the nodes are ready."""
    say("starting nodes, workers and beats")
    environ = command_lines.with_root(os.environ)
    nodes = [(name, free_port(), role) for name, role in NODES]
    programs = [program.node(name, port, role, environ, running.log(name)) for name, port, role in nodes]
    programs += [program.worker(name, environ, running.log(name)) for name in WORKERS]
    programs += [program.beat(name, environ, running.log(name)) for name in BEATS]
    for each in programs:
        running.start(each)
    for name, port, _ in nodes:
        running.wait(name, partial(_answers, port, deployment, stopping, "/readyz"))
    # It says by itself, at the terminal, which nodes get requests.
    running.start(program.balancer(deployment.port, nodes, patterns, environ, issuer=deployment.issuer))
    for path in program.BALANCED:
        running.wait("balancer", partial(_answers, deployment.port, deployment, stopping, path))
    return Leader({name: running.log(name) for name in BEATS})


def _answers(port: int, deployment: Deployment, stopping: Stopping, path: str) -> bool:
    stopping.check()
    return command_lines.healthy(LOOPBACK, port, deployment.issuer, path=path)


def _await_leader(running: Running, leader: Leader, stopping: Stopping) -> None:
    late = time.monotonic() + LEADER_SECONDS
    while leader.name is None and time.monotonic() < late:
        _look(running, leader, stopping)


def _look(running: Running, leader: Leader, stopping: Stopping) -> None:
    """Tells who leads, if that changed. Takes a tenth of a second."""
    stopping.check()
    if leader.look(running.alive("beat")):
        say(f"{leader.name} leads" if leader.name else "no beat leads: another one takes over")
    time.sleep(0.1)


def _table(running: Running, leader: Leader, folder: Path) -> str:
    """What runs where, and who leads."""
    leads = {leader.name: "leads"}
    rows = [("name", "process", "where")]
    rows += [
        (each.program.name, str(each.process.pid), each.program.where or leads.get(each.program.name, ""))
        for each in running.all
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [f"  {name:<{widths[0]}}  {pid:>{widths[1]}}  {where}".rstrip() for name, pid, where in rows]
    return "\n".join([*lines, "", f"Their logs are in {folder}.", ""])
