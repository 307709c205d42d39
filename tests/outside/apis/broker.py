"""The door of a Kafka broker: as much of Kafka's protocol as a client needs to sign in by SASL/OAUTHBEARER (RFC 7628,
KIP-43, KIP-152) and to be told which brokers there are. Whom it lets in, the caller says."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

METADATA, SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE = 3, 17, 18, 36
SPOKEN = {METADATA: (0, 1), SASL_HANDSHAKE: (0, 1), API_VERSIONS: (0, 0), SASL_AUTHENTICATE: (0, 0)}
"""By the key of a request: the first and the last of its versions."""
UNSUPPORTED_VERSION, SASL_AUTHENTICATION_FAILED = 35, 58
MECHANISM = "OAUTHBEARER"


@dataclass(slots=True)
class Broker:
    """`lets_in`: whether the token opens it."""

    lets_in: Callable[[str], bool]
    listener: socket.socket
    tokens: list[str] = field(default_factory=list)
    """All that were shown."""

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def answer(self, key: int, version: int, body: bytes) -> bytes:
        if key == API_VERSIONS:
            error = 0 if version == 0 else UNSUPPORTED_VERSION
            versions = (struct.pack(">hhh", name, *each) for name, each in SPOKEN.items())
            return struct.pack(">hi", error, len(SPOKEN)) + b"".join(versions)
        if key == SASL_HANDSHAKE:
            return struct.pack(">hi", 0, 1) + _text(MECHANISM)
        if key == SASL_AUTHENTICATE:
            return self._authenticated(_token(body))
        # One broker, itself; version 1 has racks, a controller and no topic.
        alone = struct.pack(">ii", 1, 0) + _text("127.0.0.1") + struct.pack(">i", self.port)
        return alone + (struct.pack(">hi", -1, 0) if version else b"") + struct.pack(">i", 0)

    def _authenticated(self, token: str) -> bytes:
        self.tokens.append(token)
        if self.lets_in(token):
            return struct.pack(">hhi", 0, -1, 0)
        return struct.pack(">h", SASL_AUTHENTICATION_FAILED) + _text("invalid_token") + struct.pack(">i", 0)


@contextmanager
def broker(lets_in: Callable[[str], bool]) -> Iterator[Broker]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Broker(lets_in, listener)
        threading.Thread(target=_serve, args=(made,), daemon=True).start()
        yield made


def _serve(made: Broker) -> None:
    # The listener is closed at the end.
    with suppress(OSError):
        while True:
            connection, _ = made.listener.accept()
            threading.Thread(target=_talk, args=(made, connection), daemon=True).start()


def _talk(made: Broker, connection: socket.socket) -> None:
    with connection, connection.makefile("rwb") as stream, suppress(OSError, struct.error):
        while size := stream.read(4):
            request = stream.read(*struct.unpack(">i", size))
            key, version, number, named = struct.unpack_from(">hhih", request)
            answer = struct.pack(">i", number) + made.answer(key, version, request[10 + max(named, 0) :])
            stream.write(struct.pack(">i", len(answer)) + answer)
            stream.flush()


def _token(body: bytes) -> str:
    """Of the client's first message, `n,,^Aauth=Bearer TOKEN^A^A` (RFC 7628 §3.1)."""
    (size,) = struct.unpack_from(">i", body)
    pairs = body[4 : 4 + size].decode().split("\x01")
    return next(each.removeprefix("auth=Bearer ") for each in pairs if each.startswith("auth="))


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()
