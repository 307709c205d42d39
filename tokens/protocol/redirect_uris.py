"""Redirect URIs: which may be registered, and which registered one a request means (RFC 9700 §2.1, §4.1; RFC 8252)."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

ApplicationType = Literal["web", "native"]
"""OpenID Connect Registration §2: it decides which redirect URIs a client may have."""
MAX_LENGTH = 2048
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
MAX_QUOTED = 200  # characters of one in a message
_RESERVED = ":/?#[]@!$&'()*+,;=%"
"""RFC 3986 §2.2, and what encodes."""
RESPONSE_PARAMETERS = frozenset(
    {"access_token", "code", "error", "error_description", "error_uri", "expires_in", "id_token", "iss", "response"}
    | {"scope", "session_state", "state", "token_type"}
)
_PRINTABLE = re.compile(r"[\x21-\x7E]+", re.ASCII)
_LITERAL = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?(?=[/?]|\Z)", re.ASCII)
_LOOPBACK_ROOT = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost)(?::[1-9][0-9]{0,4})?)/?(?=\?|\Z)", re.ASCII)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)
_AUTHORITY = re.compile(
    r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9.-]+))(?::(?:0|[1-9][0-9]{0,4}))?", re.ASCII | re.IGNORECASE
)
"""Nothing but a name or an address and a port: no user information, nothing before or after an IPv6 address's
brackets."""


def registered(presented: str, uris: Iterable[str], application_type: ApplicationType) -> bool:
    """Whether `presented` is one of the client's: the same string, but that on loopback an empty path is `/` (RFC 3986
    §6.2.3), and that a native client's loopback literal may have any port (RFC 8252 §7.3)."""
    compared = _COMPARED[application_type]
    return compared(presented) in map(compared, uris)


def near(presented: str, uris: Iterable[str]) -> str | None:
    """One of them that `presented` seems to mean: it differs in no more than http or https, port, letter case, a slash
    at the end, or the name of loopback."""
    meant = _rough(presented) if len(presented) <= MAX_LENGTH else None
    return next((uri for uri in uris if meant is not None and _rough(uri) == meant), None)


def quoted(uri: str) -> str:
    """Fit for an error's description (RFC 6749 §4.1.2.1), and not too long."""
    text = quote(uri[: MAX_QUOTED + 1], safe=_RESERVED, errors="replace")
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."


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


def remarks(uri: str, application_type: ApplicationType) -> Iterator[str]:
    """What to tell who registers `uri`, though it may be: sentences like those of `faults`."""
    if application_type == "native" and uri.startswith("http://") and urlsplit(uri).hostname == "localhost":
        # RFC 8252 §8.3.
        yield (
            "names localhost, which has to have this port and may lead elsewhere than to the program;"
            " with 127.0.0.1 in its place it may have any port"
        )


def _scheme_faults(parts: SplitResult, application_type: ApplicationType, *, http_loopback: bool) -> Iterator[str]:
    if parts.scheme in ("http", "https"):
        host = host_of(parts.netloc)
        if not host:
            yield "needs a host: a DNS name in ASCII or an IP address, and at most a port"
        if parts.scheme == "http" and application_type == "native" and host not in LOOPBACK_NAMES:
            yield "may use http only on loopback: 127.0.0.1, [::1] or localhost"
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


def host_of(authority: str) -> str:
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


def _without_port(uri: str) -> str:
    """The URI of a loopback literal without its port; any other one as it is."""
    literal = _LITERAL.match(uri)
    if literal is None or int(literal[2] or 1) > 65535:
        return uri
    return literal[1] + uri[literal.end() :]


def _with_path(uri: str) -> str:
    """A URI of loopback with `/` for an empty path; any other one as it is."""
    return _LOOPBACK_ROOT.sub(r"\1/", uri, count=1) if _LOOPBACK_ROOT.match(uri) else uri


_COMPARED: Mapping[ApplicationType, Callable[[str], str]] = {
    "web": _with_path,
    "native": lambda uri: _without_port(_with_path(uri)),
}


def _rough(uri: str) -> tuple[str, str, str, str] | None:
    """A URI without how it is written; None for what is none."""
    try:
        parts = urlsplit(uri.lower())
        host = parts.hostname or ""
    except ValueError:
        return None
    scheme = "http" if parts.scheme == "https" else parts.scheme
    return scheme, "localhost" if host in LOOPBACK_NAMES else host, parts.path.rstrip("/"), parts.query
