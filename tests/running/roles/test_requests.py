"""Requests as libraries really send them, to a node that gunicorn serves: in chunks, with a charset, by HEAD."""

import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from idp.local.processes import LOOPBACK
from idp.settings import DATA_UPLOAD_MAX_MEMORY_SIZE
from tests.running.roles.ask import ask
from tests.running.roles.nodes import Nodes
from tests.support.messages import FORM_TYPE
from tokens.protocol import access_token

PIECES = [b"client_id=", b"0.nobody", b"&grant_type=x"]


def in_chunks(nodes: Nodes, pieces: Iterator[bytes] | list[bytes], content_type: str = FORM_TYPE) -> tuple[int, str]:
    """Status and `error` of the token endpoint's answer."""
    connection = http.client.HTTPConnection(LOOPBACK, nodes.back.port, timeout=30)
    try:
        headers = {"Host": "localhost", "Content-Type": content_type, "Transfer-Encoding": "chunked"}
        connection.request("POST", "/oauth2/token", iter(pieces), headers, encode_chunked=True)
        response = connection.getresponse()
        return response.status, json.loads(response.read())["error"]
    finally:
        connection.close()


@pytest.mark.parametrize("parameter", ["", "; charset=UTF-8", "; charset=ISO-8859-1", "; x*=none''y"])
def test_a_form_in_chunks_is_read_whatever_its_type_says_of_characters(nodes: Nodes, parameter: str) -> None:
    assert in_chunks(nodes, PIECES, FORM_TYPE + parameter) == (400, "invalid_client")
    assert in_chunks(nodes, [b"client_id=\xe9"], FORM_TYPE + parameter) == (400, "invalid_request")


@pytest.mark.covers("S78 body")
def test_chunks_may_be_as_long_as_any_other_body_and_no_longer(nodes: Nodes) -> None:
    head = b"client_id=0.nobody&x="
    fits = head + b"y" * (DATA_UPLOAD_MAX_MEMORY_SIZE - len(head))
    assert in_chunks(nodes, [fits[:1000], fits[1000:]]) == (400, "invalid_client")
    assert in_chunks(nodes, [fits, b"y"]) == (400, "invalid_request")


@pytest.mark.covers("S78 body")
@pytest.mark.parametrize("path", ["/accounts/login/", "/oauth2/consent", "/oauth2/token", "/oauth2/jwks", "/nowhere"])
def test_a_body_of_a_terabyte_is_answered_at_once_and_its_connection_ends(nodes: Nodes, path: str) -> None:
    """Only to keep the connection would all of the body have to be read."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    with socket.create_connection((LOOPBACK, nodes.both.port), timeout=30) as connection:
        connection.sendall(f"{head}Content-Length: {10**12}\r\n\r\n--x\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.partition(b"\r\n")[0].split()[1] in (b"400", b"404", b"405", b"413")


@pytest.mark.covers("S78 length")
def test_the_longest_token_that_is_issued_reaches_the_endpoint_in_a_header(nodes: Nodes) -> None:
    longest = "x" * access_token.MAX_LENGTH
    said = ask(nodes.back, "/oauth2/userinfo", Authorization=f"Bearer {longest}")
    assert (said.status, said.json["error"]) == (401, "invalid_token")


def test_head_leaves_no_line_in_the_log(nodes: Nodes) -> None:
    before = nodes.both.log.read_text()
    for path in (
        "/oauth2/jwks",
        "/.well-known/openid-configuration",
        "/oauth2/token",
        "/oauth2/nothing",
        "/",
        "/readyz",
    ):
        bare = ask(nodes.both, path, "HEAD")
        assert (bare.text, bare.headers["Content-Length"] is not None) == ("", True)
    written = nodes.both.log.read_text().removeprefix(before)
    assert "body" not in written.lower()


@pytest.mark.parametrize("host", ["10.0.0.7", "[fe80::1]:8000", "node-1.internal", "", "what is this"])
def test_a_monitor_asks_a_node_by_any_address_and_nobody_else_does(nodes: Nodes, host: str) -> None:
    for node in (nodes.front, nodes.back, nodes.both):
        answered = {path: ask(node, path, host=host).status for path in ("/healthz", "/readyz", "/metrics")}
        # Without IDP_METRICS_TOKEN it is as if nothing were there.
        assert answered == {"/healthz": 200, "/readyz": 200, "/metrics": 404}
        others = ("/healthz/", "/readyz?/", "/oauth2/token", "/accounts/login/", "/nowhere")
        statuses = [ask(node, path, host=host).status for path in others]
        assert statuses == [400, 200, 400, 400, 400]
