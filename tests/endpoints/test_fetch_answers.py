"""Outbound requests (security line 53): what is taken from servers that answer as they like, and how soon."""

import contextlib
import gzip
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from tests.servers.loopback import CLIENT, WAYS, Ask, Behaviour, answer, fetch_json, post, send, serving
from tokens import fetch
from tokens.fetch import FetchFailed

LIMIT = 0.4  # seconds: MAX_SECONDS for servers that take their time
BUSY = 5.0  # seconds
"""What a busy machine may take besides: those who are waited for take far longer."""
OK = {"keys": [{"kty": "EC"}]}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MAX_SECONDS", LIMIT)


@pytest.fixture(params=WAYS)
def ask(request: pytest.FixtureRequest) -> Ask:
    """Each way to call a server."""
    return WAYS[request.param]


# --- What is taken from an answer

ODD_HEADS = {
    "a parameter with a number and without": b"Content-Type: multipart/mixed; boundary*=a; boundary*0=b",
    "the same, the other way round": b"Content-Type: multipart/mixed; boundary*0=b; boundary*=a",
    "a parameter with a number of 5,000 digits": b"Content-Type: multipart/mixed; boundary*" + b"9" * 5000 + b"=a",
    "a character set that is none": b"Content-Type: multipart/mixed; boundary*=hex''%ff",
    "a character set with a NUL": b"Content-Type: multipart/mixed; boundary*=a\x00b''%ff",
    "a message within": b"Content-Type: message/rfc822",
    "many parts": b"Content-Type: multipart/mixed; boundary=a",
    "a length that is none": b"Content-Length: \xb2",
    "101 headers": b"\r\n".join([b"X: y"] * 101),
}
"""Headers of servers that lie: Python's reader of messages looks into the parts that they tell of."""


@pytest.mark.parametrize("head", ODD_HEADS)
def test_whatever_the_headers_are_it_is_an_answer_or_none(ask: Ask, loopback: None, head: str) -> None:
    sent = b"HTTP/1.1 200 OK\r\n" + ODD_HEADS[head] + b"\r\n\r\n{}"
    with serving(send(sent)) as server, contextlib.suppress(FetchFailed):
        assert ask(server.url()) in ({}, (200, None))


@pytest.mark.covers("S53 redirects", "CVE-2026-4366")
@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent", "300 X"]
)
def test_no_redirect_is_followed(loopback: None, status: str) -> None:
    with serving(answer(OK)) as inside:
        for location in (inside.url("/latest/meta-data"), "/other", "//127.0.0.1/", "https://rp.example/"):
            with (
                serving(answer(OK, f"Location: {location}", status=status)) as server,
                pytest.raises(FetchFailed, match=f"answered {status[:3]}"),
            ):
                fetch_json(server.url())
            assert server.connections == 1
    assert inside.connections == 0


@pytest.mark.covers("S53 redirects", "CVE-2026-4366")
def test_the_answer_to_a_form_is_its_status_and_no_redirect_is_followed(loopback: None) -> None:
    with serving(answer(OK)) as inside:
        for status in (
            "200 OK",
            "204 No Content",
            "301 Moved",
            "302 Found",
            "307 Temporary",
            "308 Permanent",
            "400 No",
        ):
            with serving(answer(OK, f"Location: {inside.url('/latest/meta-data')}", status=status)) as server:
                assert post(server.url()) == (int(status[:3]), None)
            assert server.connections == 1
    assert inside.connections == 0


def test_no_body_of_an_answer_to_a_form_is_waited_for(loopback: None, soon: None) -> None:
    for head, piece in ((HEAD + b"\r\n", b" " * 65536), (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")):
        with serving(_endless(head, piece)) as server:
            assert post(server.url()) == (200, None)


@pytest.mark.parametrize(
    "status", ["201 Created", "204 No Content", "206 Partial", "401 No", "404 No", "500 No", "999 X"]
)
def test_only_200_is_an_answer(loopback: None, status: str) -> None:
    with serving(answer(OK, status=status)) as server, pytest.raises(FetchFailed, match=f"answered {status[:3]}"):
        fetch_json(server.url())


def _chunked(*chunks: bytes) -> bytes:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"


def test_a_body_may_be_chunked_or_end_with_the_connection(loopback: None) -> None:
    for response in (_chunked(b'{"a"', b":1}"), HEAD + b'\r\n{"a":1}', HEAD.replace(b"1.1", b"1.0") + b'\r\n{"a":1}'):
        with serving(send(response)) as server:
            assert fetch_json(server.url()) == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"[]",
            b"null",
            b'"text"',
            b"1",
            b"{",
            b"{}x",
            b"<html>",
            b'{"a":1,"a":2}',
            b'{"a":NaN}',
            b'{"a":"\xff"}',
        ),
        *(b'{"a":' * 10_000, b"[" * 60_000, '{"a":1}'.encode("utf-16"), b"\x1f\x8b", gzip.compress(b"{}", mtime=0)),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_only_a_json_object_is_an_answer(loopback: None, body: bytes) -> None:
    with serving(answer(body)) as server, pytest.raises(FetchFailed):
        fetch_json(server.url())


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "x-gzip", "gzip, gzip", "aes128gcm"])
def test_nothing_is_inflated(loopback: None, coding: str) -> None:
    bomb = gzip.compress(b'{"a":"' + b" " * 20_000_000 + b'"}')
    with (
        serving(answer(bomb, f"Content-Encoding: {coding}")) as server,
        pytest.raises(FetchFailed, match="Content-Encoding"),
    ):
        fetch_json(server.url())


@pytest.mark.covers("S53 size")
def test_an_answer_may_have_64_kilobytes_and_no_more(loopback: None) -> None:
    for size in (fetch.MAX_BODY, fetch.MAX_BODY + 1):
        body = b'{"a":"' + b"a" * (size - 8) + b'"}'
        for response in (answer(body), send(HEAD + b"\r\n" + body), send(_chunked(body))):
            with serving(response) as server:
                if size == fetch.MAX_BODY:
                    assert len(fetch_json(server.url())["a"]) == size - 8
                else:
                    with pytest.raises(FetchFailed, match="more than 65536 bytes"):
                        fetch_json(server.url())


def _endless(head: bytes, piece: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return behave


@pytest.mark.covers("S53 size")
@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (HEAD + b"\r\n", b" " * 65536),
        (HEAD + b"Content-Length: 99999999999\r\n\r\n", b"[" * 65536),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10\r\n" + b" " * 16 + b"\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 1000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        (HEAD, b"X: y\r\n"),
        (HEAD + b"X: ", b"y" * 1000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 "),
        (b"", b"\x00" * 65536),
    ],
    ids=["body", "length", "chunks", "chunk extension", "trailers", "headers", "header", "100", "status", "garbage"],
)
def test_an_endless_answer_is_left_when_it_is_too_long(loopback: None, head: bytes, piece: bytes) -> None:
    started = time.perf_counter()
    with serving(_endless(head, piece)) as server, pytest.raises(FetchFailed):
        fetch_json(server.url())
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "response", [b"", b"\r\n", b"garbage", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 2", b"{}", b"SSH-2.0-x\r\n"]
)
def test_what_is_not_http_is_refused(ask: Ask, loopback: None, response: bytes) -> None:
    with serving(send(response)) as server, pytest.raises(FetchFailed):
        ask(server.url())


@pytest.mark.parametrize("status", [b"200 OK", b"204 No Content"])
@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"], ids=["at once", "after 100"])
def test_an_answer_whose_head_is_cut_off_anywhere_is_none(
    ask: Ask, loopback: None, status: bytes, before: bytes
) -> None:
    """For http.client the end of the connection is the end of the head."""
    head = before + b"HTTP/1.1 " + status + b"\r\nRetry-After: 5\r\n\r\n"
    for end in (*range(len(before), len(head) - 4, 4), *range(len(head) - 4, len(head) - 1)):
        with serving(send(head[:end])) as server, pytest.raises(FetchFailed):
            ask(server.url())


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_head_that_is_whole_is_an_answer(loopback: None, end: bytes) -> None:
    with serving(send(end.join([b"HTTP/1.1 204 No Content", b"Retry-After: 5", b"", b""]))) as server:
        assert post(server.url()) == (204, "5")


def test_an_answer_that_is_cut_off_is_none(loopback: None) -> None:
    for response in (HEAD + b'Content-Length: 9\r\n\r\n{"a":', b"HTTP/1.1 200", _chunked(b'{"a":1}')[:-9]):
        with serving(send(response)) as server, pytest.raises(FetchFailed):
            fetch_json(server.url())


def test_a_connection_that_is_reset_is_an_operators_line(ask: Ask, loopback: None) -> None:
    def resets(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with serving(resets) as server, pytest.raises(FetchFailed, match="ConnectionResetError"):
        ask(server.url())


# --- How long it may take


def _drips(head: bytes, piece: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(0.02)

    return behave


@pytest.mark.covers("S53 time")
@pytest.mark.parametrize(
    ("head", "piece"),
    [(HEAD + b"\r\n", b" "), (HEAD + b"X: ", b"y"), (b"", b"H"), (_chunked()[:-5], b"1\r\n \r\n")],
    ids=["body", "header", "status", "chunks"],
)
def test_a_server_that_drips_is_cut_off_in_time(loopback: None, soon: None, head: bytes, piece: bytes) -> None:
    with serving(_drips(head, piece)) as server, _in_time():
        fetch_json(server.url())


@pytest.mark.covers("S53 time")
def test_a_server_that_says_nothing_is_cut_off_in_time(ask: Ask, loopback: None, soon: None) -> None:
    over = threading.Event()

    def silent(connection: socket.socket) -> None:
        over.wait(60)

    with serving(silent) as server:
        with _in_time():
            ask(server.url())
        with _in_time(match="."):
            # It never shakes hands either.
            ask(server.url(scheme="https"))
        over.set()


@pytest.mark.covers("S53 time")
def test_a_resolver_that_takes_its_time_is_not_waited_for(ask: Ask, soon: None) -> None:
    over = threading.Event()
    with _in_time():
        ask("https://rp.example/", resolve=lambda *_: [str(over.wait(60))])
    over.set()


def test_the_limits_are_these() -> None:
    assert (fetch.MAX_SECONDS, fetch.MAX_BODY) == (5.0, 64 * 1024)


def test_a_server_without_tls_is_no_https_server(ask: Ask, loopback: None, soon: None) -> None:
    with serving(send(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server, pytest.raises(FetchFailed):
        ask(server.url(scheme="https"))


@pytest.mark.covers("S53 size")
@pytest.mark.parametrize("piece", [b"X: y\r\n", b"y" * 1000, b"HTTP/1.1 100 Continue\r\n\r\n", b"\x00" * 65536])
def test_an_endless_head_is_left_whatever_was_asked(ask: Ask, loopback: None, soon: None, piece: bytes) -> None:
    started = time.perf_counter()
    with (
        serving(_endless(b"" if b"HTTP" in piece or b"\x00" in piece else HEAD, piece)) as server,
        pytest.raises(FetchFailed),
    ):
        ask(server.url())
    assert time.perf_counter() - started < 2


@pytest.mark.covers("S53 time")
@pytest.mark.parametrize(("head", "piece"), [(HEAD + b"X: ", b"y"), (b"", b"H")], ids=["header", "status"])
def test_a_head_that_drips_is_cut_off_whatever_was_asked(
    ask: Ask, loopback: None, soon: None, head: bytes, piece: bytes
) -> None:
    with serving(_drips(head, piece)) as server, _in_time():
        ask(server.url())


@pytest.mark.covers("S53 time")
def test_a_server_that_reads_nothing_is_cut_off_in_time(loopback: None, soon: None) -> None:
    """A form that is larger than what the system holds for it: sending blocks."""
    with socket.create_server(("127.0.0.1", 0)) as deaf, _in_time():
        port = deaf.getsockname()[1]
        fetch.post_form(f"http://127.0.0.1:{port}/", {"a": "x" * 8_000_000}, client=CLIENT)


@contextlib.contextmanager
def _in_time(match: str = "no answer within") -> Iterator[None]:
    started = time.perf_counter()
    with pytest.raises(FetchFailed, match=match):
        yield
    assert time.perf_counter() - started < LIMIT + BUSY
