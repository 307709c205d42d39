"""What counts as an answer, and what does not."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.local.processes import LOOPBACK
from tests.drills.history import Outcome
from tests.drills.wire import Answer, ask

HEADERS = {"content-type": "application/json", "retry-after": "2"}
BODY = json.dumps({"error": "temporarily_unavailable"}).encode()


def test_a_503_counts_as_one_where_a_program_understands_it_and_knows_when_to_come_back() -> None:
    assert Answer(503, HEADERS, BODY).outcome is Outcome.UNAVAILABLE


@pytest.mark.parametrize(
    ("status", "headers", "content"),
    [
        (500, HEADERS, BODY),
        (502, HEADERS, BODY),
        (503, {"content-type": "application/json"}, BODY),
        (503, {"content-type": "text/html", "retry-after": "2"}, BODY),
        (503, {**HEADERS, "retry-after": "soon"}, BODY),
        (503, HEADERS, b'{"error":"server_error"}'),
        (503, HEADERS, b"<html>"),
    ],
)
def test_any_other_5xx_is_a_violation(status: int, headers: dict[str, str], content: bytes) -> None:
    assert Answer(status, headers, content).outcome is Outcome.BROKEN


def test_no_answer_is_neither_yes_nor_no() -> None:
    assert Answer(None).outcome is Outcome.UNKNOWN
    assert (Answer(302).outcome, Answer(400).outcome) == (Outcome.OK, Outcome.REFUSED)


def test_every_cookie_that_an_answer_sets_is_kept() -> None:
    sent = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: csrf=a; Path=/\r\nSet-Cookie: session=b; HttpOnly\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.create_server((LOOPBACK, 0)) as server, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, server.getsockname()[1], "GET", "/")
        client, _ = server.accept()
        with client:
            client.recv(1000)
            client.sendall(sent)
            assert answer.result().cookies == {"csrf": "a", "session": "b"}
