"""The PostgreSQL of `up --cluster`: its data stay in a folder, and it wants a password, for they are people's."""

import os
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.errors import DuplicateDatabase

from idp.local.postgres import find_binaries, initialise, listening, own_account, wait
from idp.local.processes import LOOPBACK, CannotStart, ends_with_us, free_port

DATABASE = "idp"
MAX_CONNECTIONS = 100


@dataclass(frozen=True, slots=True)
class KeptPostgres:
    """How it is started and reached. It ends with us, by its fast shutdown."""

    command: tuple[str | Path, ...]
    log: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Until it answers and has our database. CannotStart if it does not."""
        wait(self._url("postgres"), process, self.log)
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            try:
                connection.execute(f"CREATE DATABASE {DATABASE}")
            except DuplicateDatabase:
                return

    def _url(self, database: str) -> str:
        return f"postgresql://postgres:{self.password}@{LOOPBACK}:{self.port}/{database}"


def kept_postgres(folder: Path, log: Path) -> KeptPostgres:
    """The server whose data are in `folder`, which is made if it is not there. CannotStart says what to do."""
    account, binaries = own_account(), find_binaries(os.environ)
    if account.user is not None:
        raise CannotStart("PostgreSQL refuses to be root, who may make no user namespace here: be another user")
    if not folder.exists():
        _make(binaries, folder)
    _check_version(binaries, folder)
    port = free_port()
    command: list[str | Path] = [
        *account.prefix,
        *ends_with_us(signal.SIGINT),
        binaries / "postgres",
        "-D",
        folder / "data",
    ]
    command += [*listening(port), "-c", f"max_connections={MAX_CONNECTIONS}"]
    return KeptPostgres(tuple(command), log, port, _password(folder))


def _make(binaries: Path, folder: Path) -> None:
    """In a draft next to it: what is half made is never taken for data."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    written = draft / "password"
    with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32))
    initialise(binaries, draft, own_account(), "--auth=scram-sha-256", f"--pwfile={written}")
    draft.rename(folder)


def _check_version(binaries: Path, folder: Path) -> None:
    version = _read(folder / "data" / "PG_VERSION")
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    here = said.split()[2].partition(".")[0]
    if version != here:
        raise CannotStart(
            f"{folder} is of PostgreSQL {version}, and this is {here}: choose another folder with --data, or set"
            f" TEST_PG_BIN to the programs of PostgreSQL {version}"
        )


def _password(folder: Path) -> str:
    return _read(folder / "password")


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise CannotStart(
            f"{path} cannot be read ({error.strerror}): put it back, or choose another folder with --data"
        ) from None
