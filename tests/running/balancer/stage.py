"""The balancer before nodes that are not real, and how it is asked."""

import contextlib
import http.client
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from idp.local import command_lines
from idp.local.processes import LOOPBACK, free_port
from tests.running.balancer.fakes import Fake
from tests.servers.member import Balancer

PROGRAMS = (r"^oauth2/token\Z", r"^\.well\-known/openid\-configuration\Z")


@dataclass(frozen=True, slots=True)
class Stage:
    balancer: Balancer
    one: Fake
    two: Fake
    back: Fake

    @property
    def fakes(self) -> tuple[Fake, ...]:
        return (self.one, self.two, self.back)

    def connect(self) -> socket.socket:
        return socket.create_connection((LOOPBACK, self.balancer.port), 15)

    def raw(self, sent: bytes) -> bytes:
        """What comes back until the connection ends."""
        with self.connect() as connection:
            connection.sendall(sent)
            read = b""
            while piece := connection.recv(65536):
                read += piece
            return read

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """On a connection of its own."""
        connection = http.client.HTTPConnection(LOOPBACK, self.balancer.port, timeout=15)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def sent(self) -> int:
        """How many requests reached a node."""
        return sum(len(fake.requests) for fake in self.fakes)


def until(true: Callable[[], bool], seconds: float = 3.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.02)


@contextlib.contextmanager
def start(fakes: tuple[Fake, Fake, Fake], folder: Path) -> Iterator[Stage]:
    nodes = [(fake.name, fake.port, fake.role) for fake in fakes]
    balancer = Balancer(free_port(), nodes, PROGRAMS, command_lines.with_root(os.environ), folder / "balancer.log")
    balancer.start()
    try:
        balancer.wait()
        until(lambda: all(f"{fake.name} takes requests" in balancer.said() for fake in fakes))
        yield Stage(balancer, *fakes)
    finally:
        balancer.stop()
