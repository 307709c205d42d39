"""The issuer identifier (OpenID Connect Discovery §3): as an operator writes it, and as all compare it.

A browser sends its host in lower case and leaves the scheme's own port away (RFC 6454 §6.1); Django compares the host
with brackets, and every relying party the whole text. So it is read once, and only what was read is used.
"""

import re
from dataclasses import dataclass

from accounts.ground.hosts import host, is_loopback, without_user

HOSTS_OF_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""This machine, as the header `Host` has it."""
PORTS = {"http": 80, "https": 443}
_SHAPE = re.compile(r"(https?)://(\[[^]/?#@]*\]|[^:/?#@\[\]]+)(?::([0-9]{1,5}))?/?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An origin, without a path. `hostname`: without brackets; `port`: the scheme's own, where none was said."""

    scheme: str
    hostname: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{'' if self.port == PORTS[self.scheme] else f':{self.port}'}"

    @property
    def host(self) -> str:
        """As it stands in a URL and in the header `Host`, without the port."""
        return f"[{self.hostname}]" if ":" in self.hostname else self.hostname

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def loopback(self) -> bool:
        return is_loopback(self.hostname)


def issuer(text: str) -> Issuer:
    """The issuer that `text` names. ValueError says what is wrong with it, without a password that may stand in it."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{without_user(text)!r} must be only http or https, host and port, as in https://idp.example:8443 (the"
            " issuer has no path, user, query or fragment)"
        )
    scheme, named, port = match[1].lower(), host(match[2]), match[3]
    read = Issuer(scheme=scheme, hostname=named, port=int(port or PORTS[scheme]))
    if not 1 <= read.port <= 65535:
        raise ValueError(f"{port} is not a port (1 to 65535)")
    if not read.secure and not read.loopback:
        raise ValueError(f"{text!r} must be https; http is for localhost only")
    return read


def listening(text: str) -> str:
    """The address to listen on: an IPv6 one with brackets or without."""
    return host(text)
