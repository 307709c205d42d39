"""Every outbound request, to a public address that was looked up once: a GET of one document, or a POST of a form.

No redirect is followed, no proxy and no cookie used, nothing inflated. The hosts of IDP_TOKENS_FETCH_ALLOW may be
anywhere and may use http, and so may loopback where the issuer itself is there, on somebody's own machine. Never called
inside a transaction: a stranger's server decides how long it takes, and meanwhile the request that waits holds neither
its turn nor a connection to the database.

Every call is made for one client, whose id is `client`. A client whose servers hang has no more than its share of the
calls and look-ups of this process: its next call fails at once, and another client's goes on as ever.
"""

import io
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from http.client import HTTPException, HTTPResponse
from threading import Thread
from types import MappingProxyType
from typing import Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from accounts.ground import turn
from accounts.ground.fetching import FetchFailed as FetchFailed  # who calls finds it here
from accounts.ground.places import Places
from tokens.conf import conf
from tokens.protocol.jose import json_array, json_object
from tokens.protocol.redirect_uris import LOOPBACK_NAMES

MAX_SECONDS = 5.0
"""For all of it: looking up, connecting, TLS, headers and body."""
MAX_CONNECT = 2.0  # seconds for one of several addresses
MAX_BODY = 64 * 1024  # bytes
MAX_HEAD = 16 * 1024  # bytes of the headers, and of what a chunked body adds to the body
MAX_URL = 2048  # characters
HEADERS = {
    "User-Agent": "Avouch",
    "Accept": "application/json, application/*+json",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[A-Za-z0-9_.:\[\]-]+)(?P<target>(?:[/?][!\"$-~]*)?)", re.ASCII)

_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        # The IANA registries of special-purpose addresses, multicast, and the address where Azure answers its machines.
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
            # Of the global unicast range: Teredo and its neighbours, documentation, 6to4, segment routing.
            *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16"),
        ),
    )
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""What is outside is loopback, link-local, unique local, multicast, or an IPv4 address in disguise (::/96,
::ffff:0:0/96, 64:ff9b::/96)."""

_CALLS = Places(most=32, each=4)
"""Of this process, whatever they are for: more than all that call hold at once."""
_LOOKUPS = Places(most=32, each=4)
"""getaddrinfo has no timeout: look-ups run in threads and are abandoned at the deadline. An abandoned one may go on for
30 s, and has its place for so long. The threads are daemons: a process that ends waits for none of them."""

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host and port, as texts."""


Document = TypeVar("Document")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Call:
    url: str
    client: str
    resolve: Resolve
    seconds: float | None = None

    @property
    def limit(self) -> float:
        """Seconds that all of it may take."""
        return MAX_SECONDS if self.seconds is None else self.seconds


@dataclass(frozen=True, slots=True)
class _Target:
    secure: bool
    authority: str
    host: str
    port: int
    path: str
    allowed: bool
    """May be at any address, and http."""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    headers: Mapping[str, str]
    body: bytes = b""
    most: int = MAX_BODY
    """Bytes of the body that is answered."""


def _resolve(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def fetch_json(url: str, *, client: str, resolve: Resolve = _resolve) -> dict[str, Any]:
    """The JSON object at `url`. Raises FetchFailed, after MAX_SECONDS at the latest."""
    return _fetch(_Call(url, client, resolve), json_object)


def fetch_array(url: str, *, client: str, resolve: Resolve = _resolve) -> list[Any]:
    """The JSON array at `url`, in the same way."""
    return _fetch(_Call(url, client, resolve), json_array)


def fetch_bytes(
    url: str,
    *,
    accept: str,
    most: int,
    client: str,
    seconds: float | None = None,
    more: Mapping[str, str] = MappingProxyType({}),
    resolve: Resolve = _resolve,
) -> bytes:
    """The bytes at `url`, `most` of them or fewer, whatever its server says that they are. Raises FetchFailed, after
    `seconds` at the latest, or MAX_SECONDS. `more`: headers to send besides."""
    request = _Request("GET", {**HEADERS, "Accept": accept, **more}, most=most)
    return _ask(_Call(url, client, resolve, seconds), request, lambda response: _body(response, most))


def post_form(url: str, form: Mapping[str, str], *, client: str, resolve: Resolve = _resolve) -> tuple[int, str | None]:
    """Posts the form; the status and the Retry-After that were answered, of which no body is read. Raises FetchFailed
    where none was, after MAX_SECONDS at the latest."""
    body = urlencode(form).encode()
    request = _Request("POST", {**HEADERS, **FORM, "Content-Length": str(len(body))}, body)
    call = _Call(url, client, resolve)
    return _ask(call, request, lambda response: (response.status, response.getheader("Retry-After")))


def obstacle(url: str, *, client: str, resolve: Resolve = _resolve) -> str:
    """Why we would not call `url`; empty where nothing is in the way. Its host is looked up, and nothing is sent."""
    call = _Call(url, client, resolve)
    try:
        with turn.given_back():
            _found(_target(url), call, time.monotonic() + MAX_SECONDS)
    except FetchFailed as failure:
        return str(failure)
    return ""


def _fetch(call: _Call, read: Callable[[bytes], Document]) -> Document:
    return _ask(call, _Request("GET", HEADERS), lambda response: read(_body(response)))


def _ask(call: _Call, request: _Request, read: Callable[[HTTPResponse], Answer]) -> Answer:
    deadline = time.monotonic() + call.limit
    target = _target(call.url)
    with turn.given_back(), _counted(call.client):
        addresses = _found(target, call, deadline)
        with _failing(call.limit), _connected(target, addresses, deadline) as connection:
            return _answer(connection, target, request, read, deadline)


@contextmanager
def _counted(client: str) -> Iterator[None]:
    _take(_CALLS, client, "calls")
    try:
        yield
    finally:
        _CALLS.leave(client)


def _take(places: Places, client: str, what: str) -> None:
    if not places.take(client):
        raise FetchFailed(f"{what} of this client, or of all, are under way in such a number that none is added")


@contextmanager
def _failing(seconds: float) -> Iterator[None]:
    """Makes FetchFailed of what can go wrong on the way. Python's reader of headers has a TypeError for some."""
    try:
        yield
    except TimeoutError:
        raise FetchFailed(f"no answer within {seconds:g} seconds") from None
    except (OSError, HTTPException, ValueError, TypeError) as error:
        raise FetchFailed(f"{type(error).__name__}: {ascii(str(error))[1:-1][:200]}") from None


def _found(target: _Target, call: _Call, deadline: float) -> Sequence[str]:
    """The addresses of its host, of which there is one at least, and each may be called."""
    found = _looked_up(partial(call.resolve, target.host, target.port), call.client)
    with _failing(call.limit):
        return _permitted(target, found.result(_left(deadline)))


def _looked_up(resolve: Callable[[], Sequence[str]], client: str) -> Future[Sequence[str]]:
    """What will be found, in a thread of its own."""
    _take(_LOOKUPS, client, "look-ups of hosts")
    found: Future[Sequence[str]] = Future()

    def look() -> None:
        try:
            found.set_result(resolve())
        except Exception as error:
            found.set_exception(error)
        finally:
            _LOOKUPS.leave(client)

    try:
        Thread(target=look, name="fetch-lookup", daemon=True).start()
    except RuntimeError:  # the system gives no thread
        _LOOKUPS.leave(client)
        raise FetchFailed("no thread to look its host up") from None
    return found


def _target(url: str) -> _Target:
    matched = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    if matched is None:
        raise FetchFailed("not an http or https URL of a host, without user information and fragment")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise FetchFailed("its host or port cannot be read") from None
    secure, allowed = matched["scheme"] == "https", _is_allowed(host)
    if not host or port == 0:
        raise FetchFailed("its host or port cannot be read")
    if not secure and not allowed:
        raise FetchFailed(f"not https: {_setting(host)}")
    path = matched["target"] if matched["target"].startswith("/") else f"/{matched['target']}"
    return _Target(secure, matched["authority"], host, port or (443 if secure else 80), path, allowed)


def _permitted(target: _Target, addresses: Sequence[str]) -> Sequence[str]:
    """The addresses, if there is nothing wrong with any of them: a host that is here and there is refused."""
    if not addresses:
        raise FetchFailed("its host has no address")
    if not target.allowed and (refused := [address for address in addresses if not _is_public(address)]):
        where = f"its host is at {refused[0]!a}, which is not a public address"
        raise FetchFailed(f"{where}: {_setting(target.host)}")
    return addresses


def _is_allowed(host: str) -> bool:
    """Whether it may be anywhere, and use http."""
    here = LOOPBACK_NAMES if urlsplit(settings.ISSUER).hostname in LOOPBACK_NAMES else ()
    return host in here or host in conf().fetch_allow


def _setting(host: str) -> str:
    return f"IDP_TOKENS_FETCH_ALLOW allows it, where it has {host[:80]}"


def _is_public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed not in _GLOBAL_UNICAST:
        return False
    return not any(parsed in network for network in _NOT_PUBLIC)


@contextmanager
def _connected(target: _Target, addresses: Sequence[str], deadline: float) -> Iterator[socket.socket]:
    """A connection to one of these addresses and to no other: the host is not looked up again."""
    with _first(target, addresses, deadline) as plain:
        if not target.secure:
            yield plain
            return
        plain.settimeout(_left(deadline))
        with _tls().wrap_socket(plain, server_hostname=target.host) as secured:
            yield secured


def _first(target: _Target, addresses: Sequence[str], deadline: float) -> socket.socket:
    *others, last = addresses
    for address in others:
        try:
            return socket.create_connection((address, target.port), min(MAX_CONNECT, _left(deadline)))
        except OSError:
            _left(deadline)
    return socket.create_connection((last, target.port), _left(deadline))


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _answer(
    connection: socket.socket,
    target: _Target,
    request: _Request,
    read: Callable[[HTTPResponse], Answer],
    deadline: float,
) -> Answer:
    connection.settimeout(_left(deadline))
    headers = {"Host": target.authority, **request.headers}
    fields = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"{request.method} {target.path} HTTP/1.1", *fields, "", ""])
    connection.sendall(head.encode() + request.body)
    reader = _Reader(connection, deadline, request.most)
    with HTTPResponse(cast("socket.socket", reader), method=request.method) as response:
        response.begin()
        # http.client takes the end of the connection for the end of the head.
        if reader.lines.last not in (b"\r\n", b"\n"):
            raise FetchFailed("its answer broke off before the end of its headers")
        return read(response)


def _body(response: HTTPResponse, most: int = MAX_BODY) -> bytes:
    if response.status != 200:
        raise FetchFailed(f"answered {response.status}")
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise FetchFailed("answered with a Content-Encoding that was not asked for")
    body = response.read(most + 1)
    if len(body) > most:
        raise FetchFailed(f"answered more than {most} bytes")
    return body


class _Lines(io.BufferedReader):
    last = b""
    """The line that was read last; empty where the connection ended instead."""

    def readline(self, size: int | None = -1, /) -> bytes:
        self.last = super().readline(size)
        return self.last


class _Reader(io.RawIOBase):
    """The bytes of a connection, for as long and as many as the limits allow, however slowly they drip."""

    def __init__(self, connection: socket.socket, deadline: float, most: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._most = most
        self._room = MAX_HEAD + most
        self.lines = _Lines(self)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What HTTPResponse asks a socket for."""
        return self.lines

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(_left(self._deadline))
        count = self._connection.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise FetchFailed(f"answered more than {self._most} bytes")
        return count


def _left(deadline: float) -> float:
    """Seconds until the deadline. Raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
