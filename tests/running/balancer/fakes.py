"""Servers that stand for nodes: they say what they were sent, byte by byte, and answer as a test wants."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread

from idp.conf import Role
from idp.local.processes import LOOPBACK

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@dataclass(slots=True)
class Fake:
    name: str
    role: Role
    port: int = 0
    readyz: bytes = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'
    answer: bytes | None = None
    """None: 200 and its name."""
    hangs: bool = False
    requests: list[bytes] = field(default_factory=list)
    """What it was sent but for /readyz, head and body."""
    _listener: socket.socket | None = None

    def listen(self) -> None:
        self._listener = socket.create_server((LOOPBACK, self.port))
        self.port = self._listener.getsockname()[1]
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Nobody listens there any more."""
        if self._listener is not None:
            # A blocked accept() is not woken by closing its socket.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def head(self) -> tuple[str, dict[str, str]]:
        """Request line and headers of the last request."""
        line, *fields = self.requests[-1].partition(b"\r\n\r\n")[0].decode().split("\r\n")
        return line, dict(each.split(": ", 1) for each in fields)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            request = read_message(connection)
            while self.hangs:
                if not connection.recv(1):
                    return
            if request.startswith(b"GET /readyz "):
                connection.sendall(self.readyz)
                return
            self.requests.append(request)
            connection.sendall(OK + b"Content-Length: %d\r\n\r\n%s" % (len(self.name), self.name.encode())
                               if self.answer is None else self.answer)  # fmt: skip


def read_message(connection: socket.socket) -> bytes:
    """Head and body of one message whose length is in its head."""
    read = b""
    while b"\r\n\r\n" not in read:
        piece = connection.recv(65536)
        if not piece:
            return read
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    while len(body) < sum(lengths):
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def listening(*fakes: Fake) -> Iterator[None]:
    try:
        for fake in fakes:
            fake.listen()
        yield
    finally:
        for fake in fakes:
            fake.hangs = False
            fake.close()
