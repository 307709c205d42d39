"""A MariaDB server of our own on a free loopback port: TEST_MARIADB_BIN, one of this machine, or Debian's packages."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymysql

from idp.local.processes import LOOPBACK, CannotStart, free_port, last_line, running, start, wait_until
from tests.servers import debian
from tests.servers.debian import Package

PACKAGE = "mariadb-server-core"
CACHE = debian.CACHE / PACKAGE
REMEDY = "install mariadb-server, or set TEST_MARIADB_BIN to a folder with mariadbd, or TEST_DATABASE_URL to a server"
SYSTEM_TABLES = ("*_system_tables.sql", "*_performance_tables.sql", "*_system_tables_data.sql")
OPTIONS = ("--skip-grant-tables", "--skip-log-bin", "--socket=", "--character-set-server=utf8mb4", "--console")
"""No grant tables: everybody who reaches it from this machine may do everything, as with our PostgreSQL."""
CARELESS = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync")
"""Without it a commit waits for the disk: right for drills, slow for everything else."""


@dataclass(frozen=True, slots=True)
class MariaDB:
    """A running server; it asks nobody on this machine for a password."""

    url: str
    pid: int
    version: str


@dataclass(frozen=True, slots=True)
class Program:
    """A mariadbd that runs here, with the environment that it needs."""

    path: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def share(self) -> Path:
        """The folder of its messages, character sets and system tables."""
        for name in ("share/mariadb", "share/mysql", "share"):
            folder = self.path.parents[1] / name
            if any(folder.glob(SYSTEM_TABLES[0])):
                return folder
        raise CannotStart(f"{self.path} lacks the tables that it starts with: {REMEDY}")


@contextlib.contextmanager
def mariadb(*, durable: bool = False, max_connections: int = 200) -> Iterator[MariaDB]:
    """A fresh server, gone with its data when the block ends. `durable` makes a commit wait for the disk."""
    with tempfile.TemporaryDirectory(prefix="idp-mariadb-") as name:
        folder, program, port = Path(name), _program(os.environ), free_port()
        command = _command(program, folder)
        _initialise(program, command, folder)
        command += [*OPTIONS, *(() if durable else CARELESS), f"--bind-address={LOOPBACK}", f"--port={port}"]
        command += [f"--max-connections={max_connections}"]
        server = start(command, environ={**os.environ, **program.environ}, log=folder / "log")
        with running(server):
            url = f"mysql://root@{LOOPBACK}:{port}/idp"
            _wait(url, server, folder / "log")
            yield MariaDB(url, server.pid, version(url))


def version(url: str) -> str:
    """The version of the server at `url`, like 10.11.19."""
    with contextlib.closing(_connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        (row,) = cursor.fetchone()
    return str(row).partition("-")[0]


def _program(environ: Mapping[str, str]) -> Program:
    if own := environ.get("TEST_MARIADB_BIN"):
        if os.access(Path(own) / "mariadbd", os.X_OK):
            return Program(Path(own) / "mariadbd")
        raise CannotStart(f"there is no mariadbd in {own}: {REMEDY}")
    # It is an administrator's program: others' PATH may lack its folder.
    installed = shutil.which("mariadbd", path=f"{environ.get('PATH', '')}:/usr/sbin")
    return Program(Path(installed).resolve()) if installed else _fetched()


def _fetched() -> Program:
    """The server of Debian's packages, unpacked once into .cache/."""
    if not CACHE.exists():
        print(f"test: no MariaDB here; fetching Debian's {PACKAGE} (8 MB, once)", flush=True)
    Package(PACKAGE, "MariaDB", REMEDY).unpacked(CACHE)
    libraries = [str(folder) for folder in (*CACHE.glob("usr/lib/*-linux-*"), *CACHE.glob("lib/*-linux-*"))]
    return Program(CACHE / "usr" / "sbin" / "mariadbd", {"LD_LIBRARY_PATH": ":".join(libraries)})


def _command(program: Program, folder: Path) -> list[str | Path]:
    own = program.share
    command: list[str | Path] = [program.path, "--no-defaults", f"--datadir={folder / 'data'}"]
    command += [f"--lc-messages-dir={own}", f"--character-sets-dir={own / 'charsets'}"]
    # It refuses to be root unless it is told so.
    return [*command, "--user=root"] if os.geteuid() == 0 else command


def _initialise(program: Program, command: list[str | Path], folder: Path) -> None:
    (folder / "data").mkdir()
    tables = [path.read_text() for pattern in SYSTEM_TABLES for path in sorted(program.share.glob(pattern))]
    statements = "\n".join(["CREATE DATABASE idp;", "CREATE DATABASE mysql;", "USE mysql;", *tables])
    done = subprocess.run(
        [*command, "--bootstrap"],
        input=statements,
        env={**os.environ, **program.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    (folder / "bootstrap.log").write_text(done.stderr)
    if done.returncode != 0:
        raise CannotStart(f"MariaDB's bootstrap failed ({last_line(folder / 'bootstrap.log')}): {REMEDY}")


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    try:
        wait_until(lambda: _answers(url), server, "MariaDB")
    except CannotStart as error:
        raise CannotStart(f"{error} ({last_line(log)}): {REMEDY}") from None


def _answers(url: str) -> bool:
    try:
        _connect(url).close()
    except pymysql.OperationalError:
        return False
    return True


def _connect(url: str) -> "pymysql.Connection[Any]":
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname or LOOPBACK,
        port=parts.port or 3306,
        user=parts.username or "",
        password=parts.password or "",
        connect_timeout=5,
    )
