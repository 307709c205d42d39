"""What a node is told, what comes back, and what happens to a request whose node is gone."""

import http.client
import json
import socket

import pytest

from idp.local.processes import LOOPBACK
from tests.running.balancer.fakes import OK, read_message
from tests.running.balancer.stage import Stage, until

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_people_go_to_front_nodes_in_turn_and_programs_to_back_nodes(stage: Stage) -> None:
    assert sorted(stage.ask("/accounts/login/")[2] for _ in range(4)) == [b"front-1"] * 2 + [b"front-2"] * 2
    for path in ("/oauth2/token", "/oauth2/token?a=b", "/oauth2/%74oken", "/.well-known/openid-configuration"):
        assert stage.ask(path)[2] == b"back-1"
    for path in ("/oauth2/token/", "//oauth2/token", "/x/oauth2/token", "/oauth2/token%0a", "/?/oauth2/token"):
        assert stage.ask(path)[2] != b"back-1"


@pytest.mark.covers("S76 hops")
def test_a_node_is_told_who_asks_and_what_is_between_two_neighbours_stays_there(stage: Stage) -> None:
    stage.raw(
        b"POST /oauth2/token?a=%20b HTTP/1.1\r\n"
        b"host: localhost:1\r\n"
        b"X-Forwarded-For: 203.0.113.9\r\n"
        b"X-Forwarded-For: 198.51.100.7\r\n"
        b"X-Forwarded-Proto: https\r\n"
        b"X_Forwarded_For: 192.0.2.1\r\n"
        b"X-Request-ID: 0123456789abcdef\r\n"
        b"Authorization:  Basic YTpi \r\n"
        b"Connection: close, X-Secret, Host, Content-Length, X-Forwarded-For\r\n"
        b"X-Secret: 1\r\n"
        b"Keep-Alive: timeout=5\r\n"
        b"Upgrade: h2c\r\n"
        b"TE: trailers\r\n"
        b"Trailer: X-Late\r\n"
        b"Proxy-Connection: keep-alive\r\n"
        b"Content-Length: 003\r\n"
        b"\r\na=b"
    )
    assert stage.back.head() == (
        "POST /oauth2/token?a=%20b HTTP/1.1",
        {
            "host": "localhost:1",
            "x-forwarded-for": "203.0.113.9, 198.51.100.7, 127.0.0.1",
            "x-forwarded-proto": "http",
            "connection": "close",
            "content-length": "3",
            "x-request-id": "0123456789abcdef",
            "authorization": "Basic YTpi",
        },
    )
    assert stage.back.requests[-1].endswith(b"\r\n\r\na=b")


def test_a_connection_is_kept_for_the_next_request_and_for_one_that_was_sent_too_soon(stage: Stage) -> None:
    with stage.connect() as connection:
        connection.sendall(REQUEST)
        assert b"connection: keep-alive" in read_message(connection)
        connection.sendall(REQUEST + REQUEST)
        until(lambda: stage.sent() == 3)


def test_http_1_0_and_whoever_asks_for_it_gets_the_end_of_the_connection(stage: Stage) -> None:
    for sent in (REQUEST.replace(b"1.1", b"1.0"), REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: Close\r\n\r\n")):
        assert b"connection: close" in stage.raw(sent)


def test_who_waits_for_100_continue_gets_it(stage: Stage) -> None:
    with stage.connect() as connection:
        connection.sendall(
            b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n"
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"a=b")
        assert read_message(connection).endswith(b"back-1")
    assert "expect" not in stage.back.head()[1]


def test_an_answer_in_chunks_and_one_without_a_length_come_through(stage: Stage) -> None:
    stage.back.answer = OK + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    assert stage.ask("/oauth2/token")[2] == b"abc"
    stage.back.answer = OK + b"\r\n" + b"a" * 300_000
    assert stage.ask("/oauth2/token")[2] == b"a" * 300_000


def test_an_answer_that_is_cut_short_looks_so(stage: Stage) -> None:
    for cut in (b"Content-Length: 9\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc"):
        stage.back.answer = OK + cut
        with pytest.raises(http.client.IncompleteRead):
            stage.ask("/oauth2/token")


def test_an_answer_without_a_body_keeps_the_connection(stage: Stage) -> None:
    stage.one.answer = stage.two.answer = OK + b"Content-Length: 9\r\n\r\n"
    with stage.connect() as connection:
        connection.sendall(REQUEST.replace(b"GET", b"HEAD"))
        until(lambda: stage.sent() == 1)
        stage.one.answer = stage.two.answer = b"HTTP/1.1 304 Not Modified\r\n\r\n"
        connection.sendall(REQUEST)
        until(lambda: stage.sent() == 2)


def test_what_is_no_http_is_a_502_and_not_asked_for_twice(stage: Stage) -> None:
    for answer in (b"SSH-2.0-OpenSSH\r\n\r\n", OK + b"Content-Length: x\r\n\r\n", OK.replace(b"\r\n", b"\n") + b"\n"):
        stage.back.answer = answer
        status, headers, body = stage.ask("/oauth2/token")
        assert (status, headers["Retry-After"]) == (502, "2")
        assert json.loads(body)["error"] == "temporarily_unavailable"
    assert stage.sent() == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_node_that_went_away_this_moment_costs_no_request(stage: Stage, method: str) -> None:
    stage.one.close()
    try:
        assert [stage.ask("/", method)[:3:2] for _ in range(2)] == [(200, b"front-2")] * 2
    finally:
        stage.one.listen()


def test_a_get_that_a_node_took_along_is_asked_again_elsewhere(stage: Stage) -> None:
    stage.one.answer = b""
    assert [stage.ask("/")[:3:2] for _ in range(4)] == [(200, b"front-2")] * 4
    assert stage.one.requests


@pytest.mark.parametrize("answered", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_a_post_that_a_node_took_along_is_told_so_and_never_sent_twice(stage: Stage, answered: bytes) -> None:
    stage.one.answer = stage.two.answer = answered
    status, headers, body = stage.ask("/accounts/login/", "POST", b"a=b")
    assert (status, headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert b"whether it did it is not known" in body
    assert stage.sent() == 1


def test_it_listens_on_loopback_alone(stage: Stage) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", stage.balancer.port), 5)
    assert LOOPBACK == "127.0.0.1"
