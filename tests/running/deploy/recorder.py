"""Stands in a node's place: writes down what it is asked, and answers, or hangs up once it was asked."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from idp.local.processes import LOOPBACK


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Recorder:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.begun = 0
        """Requests of which at least the first line came."""
        self.hangs_up = False
        self.answer = b"{}"
        self.headers: dict[str, str] = {}
        self._server = ThreadingHTTPServer((LOOPBACK, 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Takes no more connections. Twice is once."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                recorder.begun += bool(self.raw_requestline)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                recorder.asked.append(Asked(self.command, self.path, dict(self.headers.items()), body))
                self.close_connection = True
                if not recorder.hangs_up:
                    self._say()

            def _say(self) -> None:
                self.send_response(200)
                for name, value in {"Content-Length": str(len(recorder.answer)), **recorder.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(recorder.answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
