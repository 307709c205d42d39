"""Redirect URIs: which may be registered, and which registered one a request means (RFC 9700 §2.1, §4.1; RFC 8252)."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

ApplicationType = Literal["web", "native"]
"""OpenID Connect Registration §2: it decides which redirect URIs a client may have."""
MAX_LENGTH = 2048
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
LOOPBACK_LITERALS = ("127.0.0.1", "::1")
RESPONSE_PARAMETERS = frozenset(
    {"access_token", "code", "error", "error_description", "error_uri", "expires_in", "id_token", "iss", "response"}
    | {"scope", "session_state", "state", "token_type"}
)
_PRINTABLE = re.compile(r"[\x21-\x7E]+", re.ASCII)
_LITERAL = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?(?=[/?]|\Z)", re.ASCII)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)
_AUTHORITY = re.compile(
    r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9.-]+))(?::(?:0|[1-9][0-9]{0,4}))?", re.ASCII | re.IGNORECASE
)
"""Nothing but a name or an address and a port: no user information, nothing before or after an IPv6 address's
brackets."""


def registered(presented: str, uris: Iterable[str], application_type: ApplicationType) -> bool:
    """Whether `presented` is one of the client's: the same string, but that a native client's loopback literal may
    have any port (RFC 8252 §7.3)."""
    if application_type == "native":
        return _without_port(presented) in map(_without_port, uris)
    return presented in uris


def faults(uri: str, application_type: ApplicationType, *, http_loopback: bool) -> Iterator[str]:
    """What forbids registering `uri`, each a sentence for the person who registers it; nothing where it may be.

    `http_loopback`: whether a web client may use http on loopback (the issuer is itself there, or in development).
    """
    if len(uri) > MAX_LENGTH:
        yield f"is longer than {MAX_LENGTH} characters"
        return
    if not _PRINTABLE.fullmatch(uri) or any(character in uri for character in '\\<>"{}|^`'):
        yield "has characters that a URI cannot have"
        return
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        yield "is not a URI"
        return
    yield from _scheme_faults(parts, application_type, http_loopback=http_loopback)
    if port == 0:
        yield "has port 0"
    yield from _part_faults(uri, parts)


def _scheme_faults(parts: SplitResult, application_type: ApplicationType, *, http_loopback: bool) -> Iterator[str]:
    if parts.scheme in ("http", "https"):
        host = _host(parts.netloc)
        if not host:
            yield "needs a host: a DNS name in ASCII or an IP address, and at most a port"
        if parts.scheme == "http" and application_type == "native" and host not in LOOPBACK_LITERALS:
            yield "may use http only with the loopback addresses 127.0.0.1 and [::1]"
        if parts.scheme == "http" and application_type == "web" and not (http_loopback and host in LOOPBACK_NAMES):
            yield "must use https"
    elif application_type == "web":
        yield "must use https"
    elif not _PRIVATE_SCHEME.fullmatch(parts.scheme):
        yield "needs https, http on a loopback address, or a private-use scheme with a dot such as com.example.app"


def _part_faults(uri: str, parts: SplitResult) -> Iterator[str]:
    if "#" in uri:
        yield "has a fragment"
    if "@" in parts.netloc:
        yield "has user information"
    if ";" in parts.path:
        yield "has path parameters"
    if any(segment in (".", "..") for segment in parts.path.split("/")):
        yield "has dot segments"
    if "*" in parts.netloc or "*" in parts.path:
        yield "has a wildcard: redirect URIs are compared as they are"
    if re.search("%(?![0-9a-f]{2})", uri, flags=re.I):
        yield "has a percent sign that encodes nothing"
    if re.search("%(2e|2f|5c)", parts.path, flags=re.I):
        yield "has an encoded dot, slash or backslash in its path"
    if re.search("%([01][0-9a-f]|7f)", uri, flags=re.I):
        yield "has an encoded control character"
    if taken := sorted(_parameter_names(parts.query) & RESPONSE_PARAMETERS):
        yield f"has the response parameter {taken[0]} in its query"


def _parameter_names(query: str) -> set[str]:
    """The names, as the laxest reader at the client would take them."""
    pairs = parse_qsl(query.replace(";", "&"), keep_blank_values=True)
    return {name.lower().partition("[")[0].strip() for name, _ in pairs}


def _host(authority: str) -> str:
    """The host in lower case; empty where there is none, or more than a host and a port."""
    matched = _AUTHORITY.fullmatch(authority)
    if matched is None:
        return ""
    if matched["ipv6"]:
        return matched["ipv6"].lower() if _is_address(matched["ipv6"], ipaddress.IPv6Address) else ""
    host = matched["name"].lower()
    # What looks like a number is read as an IPv4 address by browsers: 2130706433 and 0x7f.1 are 127.0.0.1.
    last = host.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        return host if _is_address(host, ipaddress.IPv4Address) else ""
    labels = host.split(".")
    return host if len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels) else ""


def _is_address(text: str, kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def on_its_host(uri: str, registered: Iterable[str]) -> list[str]:
    """Those that are on the host of `uri`, or of a private-use scheme that is the same; all that is loopback is one."""
    place = _place(uri)
    return [each for each in registered if place and _place(each) == place]


def _place(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        host = parts.hostname or parts.scheme
    except ValueError:
        return ""
    return "loopback" if host in LOOPBACK_NAMES or f"[{host}]" in LOOPBACK_NAMES else host


def _without_port(uri: str) -> str:
    """The URI of a loopback literal without its port; any other one as it is."""
    literal = _LITERAL.match(uri)
    if literal is None or int(literal[2] or 1) > 65535:
        return uri
    return literal[1] + uri[literal.end() :]
