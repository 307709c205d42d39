"""Where a request comes from, each source in one spelling: a throttle that knew two would let through twice as much,
and one that took two sources for one would shut out the other."""

from ipaddress import IPv4Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

SUBSCRIBER = 64
"""Bits of an IPv6 address that say whose it is: the rest its owner picks at will (RFC 7421 §1)."""
CARRY_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""IPv6 addresses whose last 32 bits are an IPv4 address (RFC 4291 §2.5.5.2, RFC 6052 §2.1): else all of these would
share one network of 64 bits."""


def source_of(request: HttpRequest) -> str:
    """The person's address, of IPv6 its network; where our proxies told none that is one, of who connected to us. Empty
    where that has none either, as on a socket in the file system."""
    return source(_told_by_proxies(request)) or source(request.META.get("REMOTE_ADDR", "")) or ""


def source(text: str) -> str | None:
    """What all spellings of one source have in common, with or without a port; None for what is no address."""
    try:
        address = ip_address(_without_port(text.strip()).partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    if any(address in network for network in CARRY_IPV4):
        return str(IPv4Address(address.packed[-4:]))
    return str(IPv6Network((address, SUBSCRIBER), strict=False))


def _told_by_proxies(request: HttpRequest) -> str:
    """What the outermost of our proxies appended to X-Forwarded-For. What stands before that, anybody may have sent."""
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return told[-settings.TRUSTED_PROXIES] if 0 < settings.TRUSTED_PROXIES <= len(told) else ""


def _without_port(text: str) -> str:
    """`192.0.2.1:4711` and `[2001:db8::1]:4711`, as some proxies write them (RFC 7239 §6)."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
