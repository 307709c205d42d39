"""Heads of HTTP/1.1 messages (RFC 9112), read strictly: what two servers might read differently is refused."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

MAX_LINE = 16 * 1024
MAX_HEAD = 64 * 1024
MAX_FIELDS = 100
MAX_BODY = 1024 * 1024
REQUEST_LINE = re.compile(rb'([A-Z]{1,20}) (/[!$-~"]*) HTTP/1\.([01])\r\n')
"""No absolute form, no `*` and no authority: nobody takes us for a forward proxy."""
STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9](?: [\t -~\x80-\xff]*)?)\r\n")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\x80-\xff]*)\r\n")
"""One class after the colon: white space is stripped afterwards, for two that overlap take quadratic time."""
LENGTH = re.compile(rb"[0-9]{1,12}")
HOP_BY_HOP = frozenset(
    (b"connection", b"proxy-connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect")
)
"""RFC 9110 §7.6.1. Expect is answered here, for the whole body is read here."""
OURS = frozenset((b"host", b"content-length", b"x-forwarded-for", b"x-forwarded-proto"))
"""What we say ourselves; so no Connection header takes it away either."""

Field = tuple[bytes, bytes]
"""Name in lower case, value."""


class Refused(Exception):
    """What is answered instead of a node's answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True)
class Request:
    method: bytes
    target: bytes
    minor: bytes
    fields: tuple[Field, ...]

    @property
    def path(self) -> str:
        """As a node reads it: without the query, percent-decoded."""
        return unquote(self.target.partition(b"?")[0].decode("ascii"))

    @property
    def length(self) -> int:
        return int(_values(self.fields, b"content-length")[0]) if _values(self.fields, b"content-length") else 0

    @property
    def keep_alive(self) -> bool:
        return self.minor == b"1" and b"close" not in _options(self.fields)

    @property
    def waits_for_continue(self) -> bool:
        return self.minor == b"1" and [each.lower() for each in _values(self.fields, b"expect")] == [b"100-continue"]

    def forwarded(self, peer: str, *, proxied: bool = False) -> bytes:
        """The head that a node gets: without what is only between the sender and us, and with who sent it. `proxied`:
        whether the sender is believed what it says of the scheme."""
        named = _options(self.fields)
        kept = [
            field
            for field in self.fields
            # CGI, and so WSGI, reads `_` and `-` as one: such a name would pass for another.
            if field[0] not in HOP_BY_HOP | OURS | named and b"_" not in field[0]
        ]
        before = _values(self.fields, b"x-forwarded-for")
        told = _values(self.fields, b"x-forwarded-proto")
        ours = [
            (b"host", _values(self.fields, b"host")[0]),
            (b"x-forwarded-for", b", ".join([*before, peer.encode()])),
            (b"x-forwarded-proto", b"https" if proxied and told == [b"https"] else b"http"),
            (b"connection", b"close"),
        ]
        if _values(self.fields, b"content-length"):
            ours.append((b"content-length", str(self.length).encode()))
        return _head(b"%s %s HTTP/1.%s" % (self.method, self.target, self.minor), [*ours, *kept])


@dataclass(frozen=True, slots=True)
class Response:
    status: bytes
    """Code and phrase."""
    fields: tuple[Field, ...]

    @property
    def code(self) -> int:
        return int(self.status[:3])

    @property
    def length(self) -> int | None:
        """None: it lasts as long as the node's connection, chunked or not."""
        lengths = _values(self.fields, b"content-length")
        return None if not lengths or _values(self.fields, b"transfer-encoding") else int(lengths[0])

    def handed_on(self, *, keep_alive: bool) -> bytes:
        """The head that the sender of the request gets. A body in chunks stays in its chunks."""
        named = _options(self.fields)
        kept = [
            field for field in self.fields if field[0] == b"transfer-encoding" or field[0] not in HOP_BY_HOP | named
        ]
        connection = b"keep-alive" if keep_alive else b"close"
        return _head(b"HTTP/1.1 " + self.status, [*kept, (b"connection", connection)])


def request(lines: Sequence[bytes]) -> Request:
    """The request of these lines, each with its end. Refused says why not."""
    line = REQUEST_LINE.fullmatch(lines[0])
    if line is None:
        raise Refused(400, "the request line cannot be read")
    fields = _fields(lines[1:])
    if len(_values(fields, b"host")) != 1:
        raise Refused(400, "there must be one Host")
    _check_length(fields)
    return Request(line[1], line[2], line[3], fields)


def response(lines: Sequence[bytes]) -> Response:
    """The response of these lines, each with its end. Refused if it is none."""
    line = STATUS_LINE.fullmatch(lines[0])
    if line is None:
        raise Refused(502, "the node's status line cannot be read")
    fields = _fields(lines[1:])
    if not all(LENGTH.fullmatch(value) for value in _values(fields, b"content-length")):
        raise Refused(502, "the node's Content-Length cannot be read")
    return Response(line[1], fields)


def _check_length(fields: tuple[Field, ...]) -> None:
    """RFC 9112 §6. No body in chunks: nothing that is sent to the provider needs one."""
    lengths = _values(fields, b"content-length")
    if _values(fields, b"transfer-encoding"):
        raise Refused(400 if lengths else 411, "a body needs a Content-Length, and no Transfer-Encoding")
    if len(lengths) > 1 or not all(LENGTH.fullmatch(value) for value in lengths):
        raise Refused(400, "the Content-Length cannot be read")
    if lengths and int(lengths[0]) > MAX_BODY:
        raise Refused(413, f"a body has {MAX_BODY} bytes at the most")


def _fields(lines: Sequence[bytes]) -> tuple[Field, ...]:
    """A line that begins with white space goes on with the one before (obs-fold): it is no field and is refused."""
    matches = [FIELD.fullmatch(line) for line in lines]
    if None in matches:
        raise Refused(400, "a header line cannot be read")
    return tuple((each[1].lower(), each[2].strip(b" \t")) for each in matches if each)


def _values(fields: Iterable[Field], name: bytes) -> list[bytes]:
    return [value for each, value in fields if each == name]


def _options(fields: Iterable[Field]) -> set[bytes]:
    """What the Connection header names, in lower case."""
    named = b",".join(_values(fields, b"connection")).lower()
    return {each.strip(b" \t") for each in named.split(b",")} - {b""}


def _head(first: bytes, fields: Iterable[Field]) -> bytes:
    return b"\r\n".join([first, *(b"%s: %s" % field for field in fields), b"", b""])
