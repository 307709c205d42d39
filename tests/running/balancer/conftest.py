"""The balancer as a process, before two nodes for people and one for programs that are not real."""

import http.client
import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.local import server
from idp.local.processes import LOOPBACK, free_port
from tests.running.balancer.fakes import Fake, listening
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


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    fakes = Fake("front-1", "front"), Fake("front-2", "front"), Fake("back-1", "back")
    with listening(*fakes):
        yield from start(fakes, tmp_path_factory.mktemp("balancer"))


def start(fakes: tuple[Fake, Fake, Fake], folder: Path) -> Iterator[Stage]:
    nodes = [(fake.name, fake.port, fake.role) for fake in fakes]
    balancer = Balancer(free_port(), nodes, PROGRAMS, server.with_root(os.environ), folder / "balancer.log")
    balancer.start()
    try:
        balancer.wait()
        until(lambda: all(f"{fake.name} takes requests" in balancer.said() for fake in fakes))
        yield Stage(balancer, *fakes)
    finally:
        balancer.stop()


@pytest.fixture
def stage(running: Stage) -> Stage:
    """As it was at first, whatever the test did to it."""
    fresh = Fake("", "all")
    for fake in running.fakes:
        fake.readyz, fake.answer, fake.hangs = fresh.readyz, None, False
    until(lambda: all(_last_word(running, fake).endswith("takes requests") for fake in running.fakes))
    for fake in running.fakes:
        fake.requests.clear()
    return running


def _last_word(running: Stage, fake: Fake) -> str:
    return [line for line in running.balancer.said().splitlines() if f" {fake.name} " in line][-1]
