"""Servers on loopback that answer as a test wants, and tell how often they were asked."""

import contextlib
import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from tokens import fetch

Ask = Callable[..., Any]
"""A way to call a server: a function of `tokens.fetch` that takes its address."""

Behaviour = Callable[[socket.socket], None]
"""What is done with a connection whose request was read."""


CLIENT = "0.client"
"""For whom they are asked, where it does not matter."""


def fetch_json(url: str, **how: Any) -> dict[str, Any]:
    return fetch.fetch_json(url, client=CLIENT, **how)


def fetch_array(url: str, **how: Any) -> list[Any]:
    return fetch.fetch_array(url, client=CLIENT, **how)


def fetch_picture(url: str, **how: Any) -> bytes:
    return fetch.fetch_bytes(url, accept="image/png", most=20, client=CLIENT, **how)


def obstacle(url: str, **how: Any) -> str:
    return fetch.obstacle(url, client=CLIENT, **how)


def post(url: str, **how: Any) -> tuple[int, str | None]:
    return fetch.post_form(url, {"logout_token": "a.b.c", "§": "ä &="}, client=CLIENT, **how)


WAYS: dict[str, Ask] = {"GET": fetch_json, "POST": post}
"""What holds of one holds of the other."""


@dataclass(slots=True)
class Loopback:
    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/jwks", *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@contextlib.contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Loopback(listener.getsockname()[1])
        thread = Thread(target=_serve, args=(listener, server, behave, tls))
        thread.start()
        try:
            yield server
        finally:
            # A blocked accept() is not woken by closing its socket.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            assert not thread.is_alive()


def answer(body: bytes | object, *headers: str, status: str = "200 OK") -> Behaviour:
    """Sends one complete response."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(content)}", *headers]
    return send("\r\n".join([*lines, "", ""]).encode() + content)


def send(*pieces: bytes) -> Behaviour:
    """Sends these bytes."""

    def behave(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return behave


def _serve(listener: socket.socket, server: Loopback, behave: Behaviour, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        server.connections += 1
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            with (
                tls.wrap_socket(connection, server_side=True) if tls else contextlib.nullcontext(connection) as talking
            ):
                server.requests.append(_request(talking))
                behave(talking)


def _request(connection: socket.socket) -> bytes:
    read = b""
    while not _is_whole(read):
        piece = connection.recv(4096)
        if not piece:
            return read
        read += piece
    return read


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"^Content-Length: (\d+)", head, re.MULTILINE)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)
