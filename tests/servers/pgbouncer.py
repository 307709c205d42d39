"""PgBouncer before PostgreSQL: TEST_PGBOUNCER, this machine's, or Debian's package."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from idp.local.postgres import own_account
from idp.local.processes import LOOPBACK, CannotStart, free_port, last_line, start, stop, wait_until
from tests.servers import debian
from tests.servers.debian import Package

REMEDY = "install pgbouncer, or set TEST_PGBOUNCER to its program"
PACKAGE = Package("pgbouncer", "PgBouncer", REMEDY)
CACHE = debian.CACHE / PACKAGE.name
SETTINGS = """
[databases]
* = host={host} port={target}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = 90
max_client_conn = 300
server_login_retry = 1
ignore_startup_parameters = options, extra_float_digits
logfile = {folder}/log
"""
"""As docs/running.md says it has to be; what is asked for while connecting is dropped."""


@dataclass(slots=True)
class PgBouncer:
    port: int
    folder: Path
    target: int
    mode: str
    process: subprocess.Popen[bytes] = field(init=False, repr=False)

    def url(self, of: str) -> str:
        """The URL of the same database, through it."""
        parts = urlsplit(of)
        return parts._replace(netloc=f"{parts.username}@{LOOPBACK}:{self.port}").geturl()

    def start(self) -> None:
        settings, account = self.folder / "pgbouncer.ini", own_account()
        named = {"host": LOOPBACK, "port": self.port, "target": self.target, "mode": self.mode, "folder": self.folder}
        settings.write_text(SETTINGS.format(**named))
        (self.folder / "users").write_text('"postgres" ""\n')
        if account.user is not None:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, account.user)
        # It refuses to be root, as PostgreSQL does.
        command: list[str | Path] = [*account.prefix, _program(), settings]
        environ = {**os.environ, **debian.libraries(CACHE)}
        self.process = start(command, environ=environ, log=self.folder / "output", user=account.user)
        try:
            wait_until(self._answers, self.process, "PgBouncer")
        except CannotStart as error:
            raise CannotStart(f"{error} ({last_line(self.folder / 'output')}): {REMEDY}") from None

    def stop(self) -> None:
        """At once: those who are connected are cut off."""
        stop(self.process, first=signal.SIGINT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            psycopg.connect(f"postgresql://postgres@{LOOPBACK}:{self.port}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextlib.contextmanager
def pgbouncer(target: int, mode: str = "session") -> Iterator[PgBouncer]:
    """It leads to PostgreSQL at the loopback port `target`, and is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="idp-pgbouncer-") as folder:
        server = PgBouncer(free_port(), Path(folder), target, mode)
        server.start()
        try:
            yield server
        finally:
            server.kill()


def _program() -> str:
    if own := os.environ.get("TEST_PGBOUNCER"):
        return own
    # It is an administrator's program: others' PATH may lack its folder.
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or _fetched()


def _fetched() -> str:
    """That of Debian's package, unpacked once into .cache/."""
    if not CACHE.exists():
        print(f"test: no PgBouncer here; fetching Debian's {PACKAGE.name} (1 MB, once)", flush=True)
    return str(PACKAGE.unpacked(CACHE) / "usr" / "sbin" / "pgbouncer")
