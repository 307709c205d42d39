"""A request that cannot be read leaves nothing of itself in a log, at any level."""

import logging
import socket
import sys
from collections.abc import Iterator

import pytest

from idp.local.processes import LOOPBACK
from idp.node.server_lines import SAFE, ServerLineFilter
from tests.running.roles.nodes import Nodes
from tests.servers.nodes import Node

NEEDLE = "n33dle-in-a-haystack"
HOST = "Host: localhost\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
POST = f"POST /oauth2/token HTTP/1.1\r\n{HOST}{FORM}"
CHUNKED = f"{POST}Transfer-Encoding: chunked\r\n\r\n"
BROKEN = {
    "a line of one word": f"{NEEDLE}\r\n\r\n",
    "a method": f"G({NEEDLE}) / HTTP/1.1\r\n{HOST}\r\n",
    "an unknown method": f"{NEEDLE} /oauth2/token HTTP/1.1\r\n{HOST}\r\n",
    "a version": f"GET / HTTP/{NEEDLE}\r\n{HOST}\r\n",
    "a query, of another version": f"GET /oauth2/authorize?code={NEEDLE} HTTP/9.9\r\n{HOST}\r\n",
    "a query with a blank": f"GET /oauth2/authorize?code={NEEDLE} x HTTP/1.1\r\n{HOST}\r\n",
    "a query with NUL": f"GET /oauth2/authorize?code={NEEDLE}%00 HTTP/1.1\r\n{HOST}\r\n",
    "a query that is too long": f"GET /oauth2/authorize?code={NEEDLE}{'x' * 9000} HTTP/1.1\r\n{HOST}\r\n",
    "a header's name": f"GET / HTTP/1.1\r\n{HOST}{NEEDLE} x: 1\r\n\r\n",
    "a header without a colon": f"GET / HTTP/1.1\r\n{HOST}Authorization Bearer {NEEDLE}\r\n\r\n",
    "a header's value": f"GET / HTTP/1.1\r\n{HOST}Authorization: Bearer {NEEDLE}\0\r\n\r\n",
    "a folded value": f"GET / HTTP/1.1\r\n{HOST}Authorization: Bearer\r\n {NEEDLE}\r\n\r\n",
    "a value that is too long": f"GET / HTTP/1.1\r\n{HOST}Cookie: {NEEDLE}{'x' * 70_000}\r\n\r\n",
    "a host": f"GET /oauth2/token HTTP/1.1\r\nHost: {NEEDLE}\r\n\r\n",
    "a length": f"{POST}Content-Length: {NEEDLE}\r\n\r\n",
    "a coding": f"{POST}Transfer-Encoding: {NEEDLE}\r\n\r\n",
    "an expectation": f"{POST}Expect: {NEEDLE}\r\nContent-Length: 1\r\n\r\nx",
    "a body that ends early": f"{POST}Content-Length: 500\r\n\r\ncode={NEEDLE}",
    "a body that is no form": f"{POST.replace('x-www-form-urlencoded', 'json')}Content-Length: 20\r\n\r\n{NEEDLE}",
    "a body that is not UTF-8": f"{POST}Content-Length: 26\r\n\r\nx=%ff&{NEEDLE}",
    "the size of a chunk": f"{CHUNKED}{NEEDLE}\r\nx\r\n",
    "the extension of a chunk": f"{CHUNKED}1;{NEEDLE}\nx\r\n",
    "a chunk": f"{CHUNKED}14\r\n{NEEDLE}",
    "the end of a chunk": f"{CHUNKED}1\r\nx{NEEDLE}\r\n0\r\n\r\n",
    "the next request": f"{POST}Content-Length: 1\r\n\r\nx{NEEDLE}\r\n\r\n",
}


@pytest.fixture(scope="module")
def talkative(nodes: Nodes) -> Iterator[Node]:
    """It writes every line that there is."""
    with nodes.provider.more(1, IDP_LOG_LEVEL="DEBUG") as (node,):
        yield node


def send(node: Node, request: str) -> None:
    """And waits until the server closes the connection."""
    with socket.create_connection((LOOPBACK, node.port), timeout=60) as connection:
        try:
            connection.sendall(request.encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except ConnectionError:  # what it does not want to read it leaves
            return


@pytest.mark.covers("S77 server")
def test_no_position_of_a_broken_request_reaches_a_log(talkative: Node) -> None:
    before = talkative.log.read_text()
    for request in BROKEN.values():
        assert NEEDLE in request
        send(talkative, request)
    written = talkative.log.read_text().removeprefix(before)
    assert "a request could not be read or answered: InvalidHeader" in written
    assert "Traceback" not in written
    assert [line for line in written.splitlines() if NEEDLE in line] == []


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    raised = (type(error), error, error.__traceback__) if error is not None else None
    return logging.LogRecord("gunicorn.error", logging.ERROR, __file__, 1, message, (NEEDLE,), raised)


@pytest.mark.covers("S77 server")
@pytest.mark.parametrize("message", ["Error handling request %s", "what another release says: %s", f"{NEEDLE}%s"])
def test_of_any_line_that_is_not_known_only_what_was_raised_is_told(message: str) -> None:
    try:
        raise RuntimeError(NEEDLE)
    except RuntimeError as error:
        told = record(message, error)
    assert ServerLineFilter().filter(told)
    line = logging.Formatter().format(told)
    assert line.startswith("a request could not be read or answered: RuntimeError at test_server_lines.py:")
    assert NEEDLE not in line


def test_what_tells_of_the_worker_is_told_as_it_is() -> None:
    for message in SAFE:
        told = logging.LogRecord("gunicorn.error", logging.INFO, __file__, 1, message, (), None)
        assert ServerLineFilter().filter(told)
        assert (told.msg, sys.exc_info()[1]) == (message, None)
