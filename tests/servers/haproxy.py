"""HAProxy before databases, as a plain proxy of TCP: TEST_HAPROXY, this machine's, or Debian's package."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from idp.local.processes import LOOPBACK, CannotStart, free_port, last_line, signal_group, start, stop, wait_until
from tests.servers import debian
from tests.servers.debian import Package

REMEDY = "install haproxy, or set TEST_HAPROXY to its program"
PACKAGE = Package("haproxy", "HAProxy", REMEDY, ("libopentracing1",))
CACHE = debian.CACHE / PACKAGE.name
SETTINGS = """
global
    maxconn 500
    nbthread 1
    stats socket {socket} mode 600 level admin
defaults
    mode tcp
    timeout connect 2s
    timeout client 1h
    timeout server 1h
listen database
    bind {host}:{port}
    server here {host}:{target}
"""
"""What many have before their databases: connections live for as long as both ends do, and nobody asks whether the
server behind answers."""


@dataclass(slots=True)
class HAProxy:
    port: int
    folder: Path
    target: int
    process: subprocess.Popen[bytes] = field(init=False, repr=False)
    _started: int = 0
    _frozen: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def lead_to(self, target: int) -> None:
        """New connections go to that loopback port; those that there are stay where they are."""
        self._say(f"set server database/here addr {LOOPBACK} port {target}")
        self.target = target

    def forget(self) -> None:
        """Another process takes the port over, as at a reload, and the old one freezes: the kernel goes on
        acknowledging what is sent on its connections, and nobody holds them."""
        old, self._started = self.process, self._started + 1
        self.start("-sf", str(old.pid))
        signal_group(old, signal.SIGSTOP)
        self._frozen.append(old)

    def start(self, *more: str) -> None:
        settings = self.folder / "haproxy.cfg"
        named = {"socket": self._socket, "host": LOOPBACK, "port": self.port, "target": self.target}
        settings.write_text(SETTINGS.format(**named))
        command: list[str | Path] = [_program(), "-db", "-f", settings, *more]
        log = self.folder / "log"
        self.process = start(command, environ={**os.environ, **debian.libraries(CACHE)}, log=log)
        try:
            wait_until(self._answers, self.process, "HAProxy")
        except CannotStart as error:
            raise CannotStart(f"{error} ({last_line(log)}): {REMEDY}") from None

    def bury(self) -> None:
        """Ends what froze. Until then the database holds their other ends."""
        for old in self._frozen:
            signal_group(old, signal.SIGKILL)
            old.wait()
        self._frozen.clear()

    def stop(self) -> None:
        self.bury()
        stop(self.process)

    @property
    def _socket(self) -> Path:
        """A process's own: it is there once the process serves."""
        return self.folder / f"{self._started}.sock"

    def _answers(self) -> bool:
        return self._socket.exists() and self._pid() == str(self.process.pid)

    def _pid(self) -> str:
        lines = self._say("show info").splitlines()
        return next((line.partition(": ")[2] for line in lines if line.startswith("Pid: ")), "")

    def _say(self, command: str) -> str:
        """What it answered."""
        with contextlib.suppress(ConnectionRefusedError), socket.socket(socket.AF_UNIX) as own:
            own.connect(str(self._socket))
            own.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: own.recv(65536), b"")).decode()
        return ""


@contextlib.contextmanager
def haproxy(target: int) -> Iterator[HAProxy]:
    """It leads to the loopback port `target`, and is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="idp-haproxy-") as folder:
        server = HAProxy(free_port(), Path(folder), target)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _program() -> str:
    if own := os.environ.get("TEST_HAPROXY"):
        return own
    # It is an administrator's program: others' PATH may lack its folder.
    return shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or _fetched()


def _fetched() -> str:
    """That of Debian's package, unpacked once into .cache/."""
    if not CACHE.exists():
        print(f"test: no HAProxy here; fetching Debian's {PACKAGE.name} (2 MB, once)", flush=True)
    return str(PACKAGE.unpacked(CACHE) / "usr" / "sbin" / "haproxy")
