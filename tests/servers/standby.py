"""A standby of a PostgreSQL server of ours, which can take over; and a server that freezes."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from idp.local.postgres import Postgres, find_binaries, listening, own_account
from idp.local.processes import LOOPBACK, CannotStart, free_port


@contextlib.contextmanager
def standby(primary: Postgres, max_connections: int) -> Iterator[Postgres]:
    """It has all that the primary has, and is gone with its data when the block ends."""
    with tempfile.TemporaryDirectory(prefix="idp-standby-") as name:
        folder, account, port = Path(name), own_account(), free_port()
        if account.user is not None:
            shutil.chown(folder, account.user)
        binaries = find_binaries(os.environ)
        _copy([*account.prefix, binaries / "pg_basebackup"], primary, folder / "data", account.user)
        options = [*listening(port), "-c", f"max_connections={max_connections}", "-c", "shared_buffers=32MB"]
        command: list[str | Path] = [*account.prefix, binaries / "postgres", "-D", folder / "data", *options]
        server = Postgres(f"postgresql://postgres@{LOOPBACK}:{port}/postgres", command, folder / "log", account.user)
        server.start()
        try:
            yield server
        finally:
            thaw(server)
            server.stop()


def promote(server: Postgres) -> None:
    """It takes writes when this returns."""
    with psycopg.connect(server.url, autocommit=True, connect_timeout=5) as own:
        assert own.execute("SELECT pg_promote(true, 30)").fetchone() == (True,)


def port(server: Postgres) -> int:
    found = urlsplit(server.url).port
    assert found is not None
    return found


def freeze(server: Postgres) -> None:
    """All its processes stand still: connections stay open, the kernel acknowledges, nothing answers."""
    os.kill(server.pid, signal.SIGSTOP)  # first, so that it makes no more
    for child in _children(server):
        os.kill(child, signal.SIGSTOP)


def thaw(server: Postgres) -> None:
    for process in (*_children(server), server.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)


def _children(server: Postgres) -> list[int]:
    """Each is a session of its own: no signal to a group reaches them."""
    try:
        found = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    except FileNotFoundError:
        return []
    return list(map(int, found.split()))


def _copy(program: list[str | Path], primary: Postgres, data: Path, user: str | None) -> None:
    place = ["--host", LOOPBACK, "--port", str(port(primary)), "--username", "postgres"]
    how = ["--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync"]
    done = subprocess.run([*program, "--pgdata", data, *place, *how], capture_output=True, text=True, user=user)
    if done.returncode != 0:
        raise CannotStart(f"no standby could be made: {done.stderr.strip()}")
