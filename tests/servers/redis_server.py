"""Redis-protocol servers that a test or drill may pause, empty, stop and start again where they were."""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis

from idp.local import valkey
from idp.local.processes import LOOPBACK, free_port, signal_group, start, stop

Arguments = list[str | Path]


@dataclass(slots=True)
class RedisServer:
    """It keeps nothing on disk."""

    port: int
    command: Arguments
    log: Path
    process: subprocess.Popen[bytes] = field(init=False, repr=False)

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Starts it, empty, and waits until it answers."""
        self.process = start(self.command, log=self.log)
        valkey.wait(self.url, self.process, self.log)

    def stop(self) -> None:
        """Ends it; one that hangs, too."""
        self.resume()
        stop(self.process)

    def pause(self) -> None:
        """It hangs, and the system goes on taking connections for it."""
        signal_group(self.process, signal.SIGSTOP)

    def resume(self) -> None:
        signal_group(self.process, signal.SIGCONT)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)


@contextlib.contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """A fresh one, gone when the block ends. `options`: further ones of its command line."""
    with tempfile.TemporaryDirectory(prefix="idp-redis-") as folder:
        port = free_port()
        command = [*valkey.command(port, Path(folder)), *options]
        with _running(RedisServer(port, command, Path(folder) / "log")) as server:
            yield server


@contextlib.contextmanager
def sentinel(primary: RedisServer, name: str, password: str = "") -> Iterator[RedisServer]:
    """The only Sentinel, which decides soon, when `primary` is away and a replica of it takes over. `password`: of
    the primary."""
    with tempfile.TemporaryDirectory(prefix="idp-sentinel-") as folder:
        port, settings = free_port(), Path(folder) / "sentinel.conf"
        watched = [f"monitor {name} {LOOPBACK} {primary.port} 1", f"down-after-milliseconds {name} 500"]
        watched += [f"failover-timeout {name} 3000", *([f"auth-pass {name} {password}"] if password else [])]
        lines = [f"port {port}", f"bind {LOOPBACK}", f"dir {folder}", *(f"sentinel {line}" for line in watched)]
        settings.write_text("\n".join(lines))
        command: Arguments = [valkey._binary(os.environ), settings, "--sentinel"]
        with _running(RedisServer(port, command, Path(folder) / "log")) as server:
            yield server


@contextlib.contextmanager
def _running(server: RedisServer) -> Iterator[RedisServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop()
