"""A TCP proxy that lets a request through, reads the whole answer, and never hands it on, or only a piece of it."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread

from idp.local.processes import LOOPBACK
from tests.drills.wire import TIMEOUT

RESET = b"\x01\x00\x00\x00\x00\x00\x00\x00"
"""struct linger: on, no time. Closing such a socket resets the connection."""


@dataclass(slots=True)
class Cut:
    """`swallowed`: the answers that the server gave, as bytes."""

    port: int
    swallowed: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Rule:
    target: int
    share: float
    """How much of the answer goes through: 0 is none of it."""


@contextlib.contextmanager
def cutting(target: int, share: float) -> Iterator[Cut]:
    """A port that leads to the loopback port `target`, and cuts the first connection after its answer came."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(TIMEOUT)
        cut = Cut(listener.getsockname()[1])
        thread = Thread(target=_serve, args=(listener, _Rule(target, share), cut))
        thread.start()
        try:
            yield cut
        finally:
            thread.join()


def _serve(listener: socket.socket, rule: _Rule, cut: Cut) -> None:
    client, _ = listener.accept()
    with client, socket.create_connection((LOOPBACK, rule.target), TIMEOUT) as server:
        client.settimeout(TIMEOUT)
        server.sendall(read_message(client))
        answer = read_message(server)
        cut.swallowed.append(answer)
        client.sendall(answer[: int(len(answer) * rule.share)])
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def message(peer: socket.socket) -> bytes:
    """One HTTP message, whose length is in its head; none where the peer ended before it."""
    read = b""
    while not _whole(read):
        piece = peer.recv(65536)
        if not piece and read:
            raise ConnectionError("the message ended early")
        if not piece:
            return b""
        read += piece
    return read


def read_message(peer: socket.socket) -> bytes:
    """The same; ConnectionError where there is none."""
    read = message(peer)
    if not read:
        raise ConnectionError("no message came")
    return read


def _whole(read: bytes) -> bool:
    head, ended, body = read.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(ended) and len(body) >= int(lengths[0] if lengths else 0)
