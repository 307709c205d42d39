"""What two servers could read in two ways, or what keeps a server busy, is refused before a node hears of it."""

import json
import re

import pytest

from idp.local.balancer import head
from tests.running.balancer.stage import Stage

LINE = b"POST /oauth2/token HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"
SMUGGLED = b"GET /admin/ HTTP/1.1\r\nHost: localhost\r\n\r\n"

UNREADABLE = {
    "both lengths": LINE + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "both lengths, the other way round": LINE
    + HOST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"
    + SMUGGLED,
    "two lengths": LINE + HOST + b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n" + SMUGGLED,
    "the same length twice": LINE + HOST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + SMUGGLED,
    "a list of lengths": LINE + HOST + b"Content-Length: 0, 40\r\n\r\n" + SMUGGLED,
    "a signed length": LINE + HOST + b"Content-Length: +4\r\n\r\n" + SMUGGLED,
    "a negative length": LINE + HOST + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a hexadecimal length": LINE + HOST + b"Content-Length: 0x4\r\n\r\n" + SMUGGLED,
    "a length of many digits": LINE + HOST + b"Content-Length: " + b"0" * 20 + b"4\r\n\r\n" + SMUGGLED,
    "an underscored length": LINE + HOST + b"Content-Length: 1_0\r\n\r\n" + SMUGGLED,
    "no length": LINE + HOST + b"Content-Length:\r\n\r\n" + SMUGGLED,
    "a space before the colon": LINE + HOST + b"Content-Length : 4\r\n\r\n" + SMUGGLED,
    "a line that goes on (obs-fold)": LINE + HOST + b"X-One: 1\r\n Content-Length: 4\r\n\r\n" + SMUGGLED,
    "a request line that ends with LF": b"GET / HTTP/1.1\nHost: localhost\r\n\r\n",
    "a header line that ends with LF": LINE + b"Host: localhost\n\r\n" + SMUGGLED,
    "a head that ends with LF": LINE + HOST + b"\n" + SMUGGLED,
    "a lone CR": LINE + HOST + b"X-One: 1\rContent-Length: 4\r\n\r\n",
    "two CR": LINE + HOST + b"X-One: 1\r\r\n\r\n",
    "a NUL": LINE + HOST + b"X-One: \0\r\n\r\n",
    "a NUL in the path": b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a nameless header": LINE + HOST + b": 4\r\n\r\n",
    "no colon": LINE + HOST + b"Content-Length 4\r\n\r\n",
    "no host": LINE + b"\r\n",
    "two hosts": LINE + HOST + HOST + b"\r\n",
    "an empty line first": b"\r\n" + LINE + HOST + b"\r\n",
    "an absolute address": b"GET http://localhost/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "an authority": b"CONNECT localhost:22 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "a fragment": b"GET /#/oauth2/token HTTP/1.1\r\n" + HOST + b"\r\n",
    "two spaces": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tab": b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another version": b"GET / HTTP/1.2\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
}
TOO_MUCH = {
    "a body in chunks": (LINE + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED, 411),
    "a body in unknown chunks": (LINE + HOST + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED, 411),
    "a long line": (b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 431),
    "a long header": (LINE + HOST + b"X-One: " + b"a" * 17_000 + b"\r\n\r\n", 431),
    "a header of spaces": (LINE + HOST + b"X-One:" + b" " * 16_000 + b"\0\r\n\r\n", 400),
    "many headers": (LINE + HOST + b"X-One: 1\r\n" * 101 + b"\r\n", 431),
    "many long headers": (LINE + HOST + (b"X-One: " + b"a" * 16_000 + b"\r\n") * 5 + b"\r\n", 431),
    "a line without an end": (b"A" * 20_000, 431),
    "a large body": (LINE + HOST + b"Content-Length: 1048577\r\n\r\n" + b"a" * 1_048_577, 413),
    "a body of a terabyte": (LINE + HOST + b"Content-Length: 999999999999\r\n\r\n" + SMUGGLED, 413),
}


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE)
def test_what_can_be_read_in_two_ways_is_refused_and_ends_the_connection(stage: Stage, sent: bytes) -> None:
    refused(stage, sent, 400)


@pytest.mark.parametrize(("sent", "status"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_too_much_is_refused_and_ends_the_connection(stage: Stage, sent: bytes, status: int) -> None:
    refused(stage, sent, status)


def refused(stage: Stage, sent: bytes, status: int) -> None:
    answer = stage.raw(sent)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"\r\nConnection: close" in head
    assert json.loads(body)["error"] == "invalid_request"
    assert stage.sent() == 0


def test_what_follows_a_body_is_another_request_and_no_part_of_the_first(stage: Stage) -> None:
    answer = stage.raw(
        LINE + HOST + b"Content-Length: 3\r\n\r\na=b" + SMUGGLED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    )
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert [request.partition(b"\r\n\r\n")[2] for request in stage.back.requests] == [b"a=b"]
    assert stage.sent() == 2


@pytest.mark.covers("S76 hops")
@pytest.mark.parametrize(
    ("told", "proxied", "expected"),
    [
        *(([], True, b"http"), ([b"https"], True, b"https"), ([b"https"], False, b"http"), ([b"http"], True, b"http")),
        *(([b"https", b"https"], True, b"http"), ([b"https, http"], True, b"http"), ([b"HTTPS"], True, b"http")),
    ],
)
def test_the_scheme_is_believed_of_what_speaks_tls_before_us_and_of_nobody_else(
    told: list[bytes], proxied: bool, expected: bytes
) -> None:
    lines = [b"GET / HTTP/1.1\r\n", HOST, *(b"X-Forwarded-Proto: %s\r\n" % each for each in told)]
    sent = head.request(lines).forwarded("192.0.2.1", proxied=proxied)
    assert re.findall(rb"x-forwarded-proto: ([^\r]*)\r\n", sent) == [expected]
