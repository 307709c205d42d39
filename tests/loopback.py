"""Servers on loopback that answer in whatever way a test wants, and tell how often they were asked."""

import contextlib
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Thread

Behaviour = Callable[[socket.socket], None]
"""What is done with a connection whose request was read."""


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
    while not read.endswith(b"\r\n\r\n"):
        piece = connection.recv(4096)
        if not piece:
            return read
        read += piece
    return read
