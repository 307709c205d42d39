"""The proxy before DynamoDB: what each of its faults is, and what a call that it holds comes to."""

import http.client
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Thread

import pytest

from idp.local.processes import LOOPBACK
from tests.drills.between import Between, Fault, between
from tests.drills.wire import NO_ANSWER

PUT = "DynamoDB_20120810.PutItem"
SEEDED = Random(1)  # noqa: S311 the same each time
PATIENCE = 20.0
BRIEF = 0.3
"""Seconds after which a caller gives up: nothing is to come."""
ANSWER = json.dumps({"said": "x" * 1000}).encode()


class Server(BaseHTTPRequestHandler):
    """It does what it is asked, and notes it."""

    protocol_version = "HTTP/1.1"
    done: list[str] = []

    def do_POST(self) -> None:
        self.done.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["TableName"])
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def proxy() -> Iterator[Between]:
    Server.done = []
    with ThreadingHTTPServer((LOOPBACK, 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with between(server.server_port) as made:
            yield made
        server.shutdown()


@contextmanager
def connected(proxy: Between, timeout: float = PATIENCE) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(LOOPBACK, proxy.port, timeout=timeout)
    try:
        yield connection
    finally:
        connection.close()


def put(connection: http.client.HTTPConnection, table: str = "a") -> tuple[int, bytes] | None:
    """Status and body; None: no whole answer came."""
    try:
        connection.request("POST", "/", json.dumps({"TableName": f"avouch.{table}"}), {"X-Amz-Target": PUT})
        response = connection.getresponse()
        return response.status, response.read()
    except NO_ANSWER:
        return None


def asked(proxy: Between, table: str = "a") -> tuple[int, bytes] | None:
    """On a connection of its own."""
    with connected(proxy) as connection:
        return put(connection, table)


def test_it_hands_on_one_call_after_another(proxy: Between) -> None:
    with connected(proxy) as connection:
        assert [put(connection), put(connection)] == [(200, ANSWER)] * 2
    assert Server.done == ["avouch.a"] * 2


@pytest.mark.parametrize(
    ("fault", "done"), [(Fault.REFUSES, 0), (Fault.HANGS, 0), (Fault.CUTS, 1), (Fault.LOSES, 1), (Fault.THROTTLES, 0)]
)
def test_each_fault_costs_the_answer_and_only_some_the_act_until_it_heals(
    proxy: Between, fault: Fault, done: int
) -> None:
    with connected(proxy, BRIEF if fault is Fault.HANGS else PATIENCE) as connection:
        assert put(connection) == (200, ANSWER)
        proxy.fail(fault, 1.0, SEEDED)
        answer = put(connection)
    if fault is Fault.THROTTLES:
        assert answer is not None
        assert (answer[0], json.loads(answer[1])["__type"].partition("#")[2]) == (400, "ThrottlingException")
    else:
        assert answer is None
    assert len(Server.done) == 1 + done
    proxy.heal()
    assert asked(proxy) == (200, ANSWER)


def test_who_comes_while_it_refuses_cannot_connect(proxy: Between) -> None:
    proxy.fail(Fault.REFUSES, 1.0, SEEDED)
    with connected(proxy) as connection, pytest.raises(ConnectionRefusedError):
        connection.connect()


def test_of_some_calls_that_fail_the_others_are_answered(proxy: Between) -> None:
    proxy.fail(Fault.LOSES, 0.5, SEEDED)
    assert {asked(proxy) for _ in range(40)} == {None, (200, ANSWER)}
    assert len(Server.done) == 40


@pytest.mark.parametrize(("answered", "done"), [(False, ["avouch.other"]), (True, ["avouch.a", "avouch.other"])])
def test_a_call_that_is_held_is_lost_before_or_after_it_is_done(
    proxy: Between, answered: bool, done: Sequence[str]
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with proxy.hold("PutItem", "a", answered=answered) as reached:
            lost = pool.submit(asked, proxy, "a")
            assert reached.wait(PATIENCE)
            assert asked(proxy, "other") == (200, ANSWER)
        assert lost.result() is None
    assert Server.done == done
