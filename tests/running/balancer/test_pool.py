"""A node that is not ready gets no requests within three seconds, and gets them again within three."""

import http.client
import json
import os
import signal
from pathlib import Path

import pytest

from idp.local import command_lines
from idp.local.processes import LOOPBACK, free_port
from tests.running.balancer.fakes import Fake, listening, read_message
from tests.running.balancer.stage import PROGRAMS, Stage, start, until
from tests.servers.member import Balancer

DRAINING = b'HTTP/1.1 503 Service Unavailable\r\n\r\n{"status": "draining"}'
FAILED = b'HTTP/1.1 503 Service Unavailable\r\n\r\n{"status": "unready", "failed": {"database": "it does not answer"}}'


@pytest.mark.parametrize(
    ("readyz", "told"),
    [
        (DRAINING, "front-1 gets no requests: draining"),
        (FAILED, "front-1 gets no requests: database: it does not answer"),
        (b"HTTP/1.1 500 Internal Server Error\r\n\r\n[]", "front-1 gets no requests: not ready"),
        (b"what is this", "front-1 gets no requests: it does not answer"),
        (b"", "front-1 gets no requests: it does not answer"),
    ],
)
def test_a_node_that_says_it_is_not_ready_leaves_and_comes_back(stage: Stage, readyz: bytes, told: str) -> None:
    before = len(stage.balancer.said())
    stage.one.readyz = readyz
    until(lambda: told in stage.balancer.said()[before:])
    assert {stage.ask("/")[2] for _ in range(4)} == {b"front-2"}
    stage.one.readyz = stage.two.readyz
    until(lambda: "front-1 takes requests" in stage.balancer.said()[before:])
    assert {stage.ask("/")[2] for _ in range(4)} == {b"front-1", b"front-2"}


def test_a_node_that_hangs_leaves_too(stage: Stage) -> None:
    stage.one.hangs = True
    until(lambda: stage.balancer.said().rstrip().endswith("front-1 gets no requests: it does not answer"))
    assert {stage.ask("/")[2] for _ in range(4)} == {b"front-2"}


def test_without_a_node_it_is_a_503_that_says_when_to_come_back(stage: Stage) -> None:
    for fake in stage.fakes:
        fake.readyz = b""
    until(lambda: stage.ask("/oauth2/token", "POST")[0] == 503 and stage.ask("/")[0] == 503)
    status, headers, body = stage.ask("/oauth2/token", "POST")
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "2", "no-store")
    assert json.loads(body) == {
        "error": "temporarily_unavailable",
        "error_description": "no server is ready: try again in a moment",
    }
    status, headers, body = stage.ask("/")
    assert (status, headers["Retry-After"], headers["Content-Type"]) == (503, "2", "text/html; charset=utf-8")
    assert b"<h1>Back in a moment</h1>" in body


def test_where_none_is_ready_those_that_answer_are_asked(stage: Stage) -> None:
    """Without a store nobody is ready, and discovery and the JWK Set need none."""
    before = len(stage.balancer.said())
    for fake in stage.fakes:
        fake.readyz = FAILED
    stage.one.readyz = b""
    until(lambda: stage.balancer.said()[before:].count("gets no requests") == len(stage.fakes))
    assert {stage.ask("/")[2] for _ in range(4)} == {b"front-2"}
    stage.one.readyz = FAILED
    until(lambda: {stage.ask("/")[2] for _ in range(4)} == {b"front-1", b"front-2"})


def test_a_node_that_is_everything_gets_both(tmp_path: Path) -> None:
    every = Fake("node-1", "all")
    with listening(every):
        nodes = [(every.name, every.port, every.role)]
        balancer = Balancer(free_port(), nodes, PROGRAMS, command_lines.with_root(os.environ), tmp_path / "log")
        balancer.start()
        try:
            balancer.wait()
        finally:
            balancer.stop()


def test_it_finishes_what_was_begun_when_it_is_told_to_stop(tmp_path: Path) -> None:
    fakes = Fake("front-1", "front"), Fake("front-2", "front"), Fake("back-1", "back")
    with listening(*fakes), start(fakes, tmp_path) as stage:
        process = stage.balancer.process
        assert process is not None
        with stage.connect() as begun, stage.connect() as idle:
            idle.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            read_message(idle)
            begun.sendall(b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na=")
            until(lambda: stage.ask("/")[0] == 200)
            process.send_signal(signal.SIGTERM)
            assert idle.recv(1) == b""
            with pytest.raises(OSError, match="refused"):
                stage.connect()
            begun.sendall(b"b")
            assert b"connection: close" in read_message(begun)
        assert process.wait(5) == 0
        assert "Traceback" not in stage.balancer.said()


def test_a_port_that_is_taken_is_one_line(stage: Stage, tmp_path: Path) -> None:
    nodes = [(stage.one.name, stage.one.port, stage.one.role)]
    second = Balancer(stage.balancer.port, nodes, (), command_lines.with_root(os.environ), tmp_path / "log")
    second.start()
    assert second.process is not None
    assert second.process.wait(10) == 1
    assert second.said() == f"balancer: cannot listen on {LOOPBACK}:{second.port} (Address already in use)\n"


def test_it_forgets_a_client_that_went_away(stage: Stage) -> None:
    with stage.connect() as gone:
        gone.sendall(b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na=")
    connection = http.client.HTTPConnection(LOOPBACK, stage.balancer.port, timeout=10)
    connection.request("GET", "/oauth2/token")
    connection.close()
    until(lambda: len(stage.back.requests) == 1)
    assert stage.ask("/oauth2/token")[0] == 200
    assert "Traceback" not in stage.balancer.said()
