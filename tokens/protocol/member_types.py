"""Types of members of metadata (RFC 7591 §2): how a value is read from JSON, written as JSON, and judged by itself."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from accounts.ground.shown_text import hidden, is_blank
from tokens.protocol import jwks, redirect_uris
from tokens.protocol.jose import json_object
from tokens.protocol.redirect_uris import ApplicationType

MAX_URIS = 100
MAX_URI = 200  # characters
MAX_JWKS = 64 * 1024  # characters
MAX_JWKS_PARTS = 500
"""Objects and arrays, so that no depth of them is more than a database takes: a key has three or so."""
HIDDEN, BLANK = "has characters that cannot be shown", "has nothing that can be seen"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the addresses of one client are judged by; `http_loopback` as in `redirect_uris.faults`."""

    application_type: ApplicationType
    http_loopback: bool


class Type:
    """A type of values that are JSON already, each of them right unless the type says otherwise."""

    json: ClassVar[tuple[type, str]] = (str, "a text")
    """What it is in JSON, and how to say so."""
    load: ClassVar[Any] = None
    """A function from a JSON value that `write` made to the record's value, which judges nothing; None where they are
    the same."""

    def read(self, value: Any) -> Any:
        """The record's value for a JSON value that is not null. Raises ValueError, with a sentence."""
        kind, words = self.json
        if type(value) is not kind:
            raise ValueError(f"is not {words}")
        return value

    def write(self, value: Any) -> Any:
        """The JSON value for the record's."""
        return value

    def faults(self, value: Any, terms: Terms) -> Iterator[str]:
        """What forbids the record's value, each a sentence that goes on from the member's name."""
        return iter(())


class Texts(Type):
    """An array of texts in JSON, a tuple without repeats in the record."""

    json = (list, "an array of texts")
    load = tuple

    def read(self, value: Any) -> tuple[str, ...]:
        texts = super().read(value)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("is not an array of texts")
        return tuple(dict.fromkeys(texts))

    def write(self, value: tuple[str, ...]) -> list[str]:
        return list(value)


@dataclass(frozen=True, slots=True)
class Text(Type):
    """A text that people read, of up to `most` characters. `missing`: what to say where it may not be blank."""

    most: int
    missing: str = ""

    def read(self, value: Any) -> str:
        text: str = super(Text, self).read(value)
        return text.strip()

    def faults(self, value: str, terms: Terms | None = None) -> Iterator[str]:
        found = hidden(value)
        if self.missing and not value.strip():
            yield self.missing
        elif value and is_blank(value) and not found:
            yield self.missing or BLANK
        if len(value) > self.most:
            yield f"is longer than {self.most} characters"
        if found:
            yield f"{HIDDEN} ({found})"


@dataclass(frozen=True, slots=True)
class Choice(Type):
    """One of `options`, or "" where it need not be chosen. Without options: of `client_metadata.SUPPORTED_CHOICES`."""

    options: tuple[str, ...] = ()
    optional: bool = False

    def faults(self, value: str, terms: Terms) -> Iterator[str]:
        if self.options and value not in self.options and not (self.optional and value == ""):
            yield f"{shown(value)} is not one of {', '.join(self.options)}"


def alg(*, optional: bool = False) -> Choice:
    """An algorithm of signatures, of those that we sign with and verify (RFC 7518 §3.1, RFC 8037 §3.1)."""
    return Choice(jwks.ALGS, optional)


@dataclass(frozen=True, slots=True)
class Choices(Texts):
    """Several of `client_metadata.SUPPORTED_CHOICES`; of `grant_types`, of the table of grants."""

    def faults(self, value: tuple[str, ...], terms: Terms) -> Iterator[str]:
        for chosen in value:
            if len(chosen) > MAX_URI or not (chosen.isascii() and chosen.isprintable()):
                yield f"{shown(chosen)} cannot be the name of one"


@dataclass(frozen=True, slots=True)
class Resources(Texts):
    """Resource indicators (RFC 8707 §2)."""


@dataclass(frozen=True, slots=True)
class Scope(Type):
    """A scope: one text in JSON (RFC 6749 §3.3), a tuple in the record."""

    load = staticmethod(lambda text: tuple(text.split()))

    def read(self, value: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(super(Scope, self).read(value).split()))

    def write(self, value: tuple[str, ...]) -> str:
        return " ".join(value)


@dataclass(frozen=True, slots=True)
class Uri(Type):
    """An address that we call, https; "" for none."""

    def faults(self, value: str, terms: Terms) -> Iterator[str]:
        if len(value) > MAX_URI:
            yield f"is longer than {MAX_URI} characters"
        elif value:
            for fault in redirect_uris.faults(value, "web", http_loopback=terms.http_loopback):
                yield f"{shown(value)} {fault}"


@dataclass(frozen=True, slots=True)
class Link(Type):
    """What people are shown, such as a page that they are led to: https, and http where a redirect URI may use it; ""
    for none."""

    def faults(self, value: str, terms: Terms) -> Iterator[str]:
        if len(value) > MAX_URI:
            yield f"is longer than {MAX_URI} characters"
        elif value and not _is_link(value):
            yield f"{shown(value)} is not the address of a page"
        elif value and not _is_secure(value, terms):
            yield f"{shown(value)} must use https"


@dataclass(frozen=True, slots=True)
class Uris(Texts):
    """Addresses to which people are sent, as the client's application type may have them."""

    def faults(self, value: tuple[str, ...], terms: Terms) -> Iterator[str]:
        if len(value) > MAX_URIS:
            yield f"a client has at most {MAX_URIS} redirect URIs"
            return
        for uri in value:
            for fault in redirect_uris.faults(uri, terms.application_type, http_loopback=terms.http_loopback):
                yield f"{shown(uri)} {fault}"


@dataclass(frozen=True, slots=True)
class Lines(Texts):
    """Up to `most` lines of up to `length` characters, as people write them."""

    most: int
    length: int

    def faults(self, value: tuple[str, ...], terms: Terms) -> Iterator[str]:
        if len(value) > self.most:
            yield f"has more than {self.most} lines"
            return
        for line in value:
            if is_blank(line) or len(line) > self.length or not line.isprintable() or hidden(line):
                yield f"{shown(line)} is not a line of 1 to {self.length} characters that can be shown"


@dataclass(frozen=True, slots=True)
class Flag(Type):
    """Whether it is so."""

    json = (bool, "true or false")


@dataclass(frozen=True, slots=True)
class Switch(Type):
    """Whether it is so always or never; None leaves it to what else is known of the client."""

    json = (bool, "true or false")


@dataclass(frozen=True, slots=True)
class Seconds(Type):
    """A time of whole seconds, up to `most`; None for none."""

    json = (int, "a number of seconds")
    load = staticmethod(lambda seconds: timedelta(seconds=seconds))
    most: timedelta

    def read(self, value: Any) -> timedelta:
        try:
            return timedelta(seconds=super(Seconds, self).read(value))
        except OverflowError:
            raise ValueError("is not a number of seconds") from None

    def write(self, value: timedelta | None) -> int | None:
        return int(value.total_seconds()) if value is not None else None

    def faults(self, value: timedelta | None, terms: Terms) -> Iterator[str]:
        if value is not None and not timedelta() <= value <= self.most:
            yield f"must be from 0 to {self.write(self.most)} seconds"


@dataclass(frozen=True, slots=True)
class Jwks(Type):
    """A JWK Set by value (RFC 7517 §5); None for none."""

    json = (dict, "a JSON object")

    def read(self, value: Any) -> dict[str, object]:
        return read_jwks(json.dumps(super(Jwks, self).read(value), ensure_ascii=False))

    def faults(self, value: Mapping[str, Any] | None, terms: Terms) -> Iterator[str]:
        return jwks.faults(value) if value is not None else iter(())


def read_jwks(text: str) -> dict[str, object]:
    """A JWK Set as somebody typed or sent it. Raises ValueError, with a sentence, for what is no JSON object or cannot
    be stored."""
    if len(text) > MAX_JWKS or text.count("{") + text.count("[") > MAX_JWKS_PARTS:
        raise ValueError("is too large")
    if "\\u" in text:
        # A key is ASCII, and some of what can be escaped cannot be stored.
        raise ValueError("has escaped characters, which a key does not need")
    try:
        return json_object(text.encode())
    except ValueError:
        raise ValueError("is not a JSON object whose members come once each") from None


def shown(text: str) -> str:
    """`text` for a message: one line, ASCII, at most 100 characters of it."""
    line = ascii(text)[1:-1]
    return line if len(line) <= 100 else f"{line[:100]}..."


def _is_link(uri: str) -> bool:
    """Its host is one that a redirect URI may have: no user information, no dot at the end, and no number that browsers
    read as an address."""
    if not uri.isprintable() or " " in uri or hidden(uri):
        return False
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(redirect_uris.host_of(parts.netloc)) and port != 0


def _is_secure(uri: str, terms: Terms) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "https" or (terms.http_loopback and parts.hostname in redirect_uris.LOOPBACK_NAMES)
