"""A proxy before DynamoDB's server, which lives on: it hands on every call, or fails some of them, or holds one."""

import contextlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from threading import Event, Lock, Thread

from idp.local.processes import LOOPBACK
from tests.drills.proxy import RESET, message, read_message
from tests.drills.wire import TIMEOUT

WAITING = 100
"""So many connections may wait until they are taken."""


class Fault(StrEnum):
    REFUSES = "nobody can connect, and who was connected is cut off"
    HANGS = "a call is taken and never answered"
    THROTTLES = "a call is told to come again later"
    CUTS = "a call is done, and its answer ends in the middle"
    LOSES = "a call is done, and its answer never comes"


@dataclass(frozen=True, slots=True)
class Hold:
    """One call that stands still; who sent it never hears of it. `answered`: the server did it before."""

    operation: str
    table: str
    answered: bool
    reached: Event = field(default_factory=Event)
    over: Event = field(default_factory=Event)

    def is_of(self, call: bytes) -> bool:
        head, _, body = call.partition(b"\r\n\r\n")
        return f".{self.operation}\r\n".encode() in head + b"\r\n" and f'.{self.table}"'.encode() in body


@dataclass(slots=True, eq=False)
class Between:
    """`target`: the server's loopback port. Each connection has a thread."""

    target: int
    port: int = field(init=False)
    _listener: socket.socket = field(init=False)
    _open: set[socket.socket] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _fault: Fault | None = None
    _share: float = 1.0
    _random: Random = field(default_factory=Random)
    _healed: Event = field(default_factory=Event)
    _hold: Hold | None = None

    def __post_init__(self) -> None:
        self._listen(0)
        self.port = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def fail(self, fault: Fault, share: float, random: Random) -> None:
        """From now on, to this share of the calls. Nobody who is refused gets so far as to be drawn."""
        self._share, self._random = share, random
        self._healed.clear()
        self._fault = fault
        if fault is Fault.REFUSES:
            self.stop()

    def heal(self) -> None:
        fault, self._fault = self._fault, None
        self._healed.set()
        if fault is Fault.REFUSES:
            self._listen(self.port)

    @contextlib.contextmanager
    def hold(self, operation: str, table: str, *, answered: bool) -> Iterator[Event]:
        """The first such call stands still, and is lost as the block ends. What is yielded is set once there is one."""
        held = self._hold = Hold(operation, table, answered)
        try:
            yield held.reached
        finally:
            self._hold = None
            held.over.set()

    def stop(self) -> None:
        """Nobody listens any more, and nobody is connected."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for client in self._open:
                client.shutdown(socket.SHUT_RDWR)

    def _listen(self, port: int) -> None:
        self._listener = socket.create_server((LOOPBACK, port), backlog=WAITING)
        Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it is closed
            while True:
                client, _ = listener.accept()
                with self._lock:
                    self._open.add(client)
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Until one of the two ends it, or a fault does."""
        try:
            with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.target), TIMEOUT) as server:
                while call := message(client):
                    if not self._hand_on(call, client, server):
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        break
        finally:
            with self._lock:
                self._open.discard(client)
            client.close()

    def _hand_on(self, call: bytes, client: socket.socket, server: socket.socket) -> bool:
        """Whether the connection goes on."""
        hold, fault = self._taken(call), self._drawn()
        if hold is not None and not hold.answered:
            return _stand_still(hold)
        if fault is Fault.HANGS:
            self._healed.wait()
            return False
        if fault is Fault.THROTTLES:
            client.sendall(THROTTLED)
            return True
        server.sendall(call)
        answer = read_message(server)
        if hold is not None:
            return _stand_still(hold)
        if fault is not None:
            client.sendall(answer[: len(answer) // 2] if fault is Fault.CUTS else b"")
            return False
        client.sendall(answer)
        return True

    def _taken(self, call: bytes) -> Hold | None:
        """One call alone is held."""
        with self._lock:
            if self._hold is None or not self._hold.is_of(call):
                return None
            hold, self._hold = self._hold, None
            return hold

    def _drawn(self) -> Fault | None:
        with self._lock:
            return self._fault if self._random.random() < self._share else None


def _stand_still(hold: Hold) -> bool:
    hold.reached.set()
    hold.over.wait()
    return False


def _response(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


THROTTLED = _response(
    "400 Bad Request",
    json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "later"}).encode(),
)


@contextlib.contextmanager
def between(target: int) -> Iterator[Between]:
    """Before the loopback port `target`, until the block ends."""
    made = Between(target)
    try:
        yield made
    finally:
        made.heal()
        made.stop()
