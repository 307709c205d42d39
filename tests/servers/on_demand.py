"""A server that is started when the first test asks for it, once a run, for all processes of the run."""

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from idp.local.processes import CannotStart

LOOK = 0.05
"""Seconds in which it notices that it is to end."""


@contextlib.contextmanager
def on_demand(place: Path, start: Callable[[], AbstractContextManager[str]]) -> Iterator[None]:
    """Within the block, whoever asks at `place`, a socket's path, is told the URL of the one server that `start` makes.
    It ends with the block."""
    with ExitStack() as stack, _Desk(place, start, stack) as desk:
        # One thread for all of them: the server ends with the thread that started it.
        thread = threading.Thread(target=desk.serve_forever, args=(LOOK,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            desk.shutdown()
            thread.join()


def ask(place: Path) -> str:
    """The URL. CannotStart, with what whoever started it was told, if there is none."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(place))
        with connection.makefile() as answer:
            told = json.load(answer)
    if "url" not in told:
        raise CannotStart(told["error"])
    url: str = told["url"]
    return url


class _Desk(socketserver.UnixStreamServer):
    def __init__(self, place: Path, start: Callable[[], AbstractContextManager[str]], stack: ExitStack) -> None:
        super().__init__(str(place), _Answer)
        self._start, self._stack = start, stack
        self._told: dict[str, str] = {}

    def told(self) -> dict[str, str]:
        if not self._told:
            try:
                self._told = {"url": self._stack.enter_context(self._start())}
            except CannotStart as error:
                self._told = {"error": str(error)}
        return self._told


class _Answer(socketserver.StreamRequestHandler):
    server: _Desk

    def handle(self) -> None:
        self.wfile.write(json.dumps(self.server.told()).encode())
