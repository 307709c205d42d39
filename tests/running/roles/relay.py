"""A relay before a server on this machine: it can go silent, and it can go away."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Self

from idp.local.processes import LOOPBACK


class Relay:
    """Hands on bytes between the clients of `port` and the server."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._flowing = threading.Event()
        self._flowing.set()
        self._forgotten: set[socket.socket] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flowing.set()
        self._close()

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Connections stay, and nothing passes: what a server does that hangs."""
        self._flowing.clear()
        try:
            yield
        finally:
            self._flowing.set()

    def forget(self) -> None:
        """The connections that there are stay open, and nothing passes on them ever again: half-open ones, as a
        firewall leaves them. New ones are handed on."""
        self._forgotten.update(self._open)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Nobody listens, and those who were connected are cut off: what a server does that ended."""
        self._close()
        try:
            yield
        finally:
            self._listener = self._listen(self.port)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server((LOOPBACK, port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._server)
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with source, contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                if source not in self._forgotten:
                    target.sendall(data)
        _shut(target)

    def _close(self) -> None:
        # To close it would not wake the thread that accepts.
        _shut(self._listener)
        self._listener.close()
        while self._open:
            _shut(self._open.pop())


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
