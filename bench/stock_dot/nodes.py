"""gunicorn nodes on free loopback ports, and requests sent to them at the same moment."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.messages import FORM_TYPE

THREADS = 32
TIMEOUT = 60
"""Seconds that a request may take: 64 at once, each with a password hash, on two cores."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    """0: the connection ended without an answer."""
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """SIGKILL to the master and its worker at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def post(self, path: str, form: dict[str, str], headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request("POST", path, urlencode(form), {"Content-Type": FORM_TYPE, **headers})
            response = connection.getresponse()
            return Answer(response.status, _json(response.read()))
        except ConnectionError:
            return Answer(0, {})
        finally:
            connection.close()


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def start(**environment: str) -> Node:
    """A node of one worker with 32 threads. Its socket listens from the start, so requests wait for the worker."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        options = ["--bind", f"fd://{listener.fileno()}", "--threads", str(THREADS), "--log-level", "critical"]
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "stock_dot.wsgi:application", *options],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, **environment},
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        return Node(listener.getsockname()[1], process)


@contextmanager
def running(count: int, **environment: str) -> Iterator[list[Node]]:
    nodes = [start(**environment) for _ in range(count)]
    try:
        yield nodes
    finally:
        for node in nodes:
            if node.process.poll() is None:
                node.kill()


def at_once(
    nodes: Sequence[Node], count: int, path: str, form: dict[str, str], headers: dict[str, str]
) -> list[Answer]:
    """The same request, `count` times at the same moment, spread over the nodes."""
    barrier = threading.Barrier(count)

    def send(number: int) -> Answer:
        barrier.wait()
        return nodes[number % len(nodes)].post(path, form, headers)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(send, range(count)))
