"""A host as URLs name it (RFC 3986 §3.2.2), in the one spelling in which it is compared."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

_LABEL = re.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LONGEST = 253  # characters, RFC 1035 §2.3.4


def host(text: str) -> str:
    """`text` in lower case; an IPv6 address in its shortest form, without brackets. ValueError if it is no host, or one
    that no browser would send as it stands: a name in letters beyond ASCII, or that ends with a dot, or `127.1`."""
    text = text.lower()
    if "/" in text:
        raise ValueError(f"{without_user(text)!r} is a URL: only its host belongs here")
    if ":" in text:
        return _address(text.removeprefix("[").removesuffix("]") if text.startswith("[") else text)
    labels = text.split(".")
    if len(text) > _LONGEST or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(f"{without_user(text)!r} is not the name or the address of a host, such as idp.example or ::1")
    if labels[-1].isdigit():
        return _of_numbers(text)
    return text


def is_address(text: str) -> bool:
    """Whether the host is an address, and no name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(text: str) -> bool:
    """Whether the host is this machine, as it names itself."""
    return text in LOOPBACK


def without_user(text: str) -> str:
    """What an error may repeat of a URL or of a part of one: not the user and the password before an `@`."""
    return text.rpartition("@")[2]


def _address(text: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise ValueError(f"{without_user(text)!r} is not an IPv6 address, and a host has no port") from None
    if address.scope_id or address.ipv4_mapped:
        raise ValueError(f"{text!r} must be written without a zone, and as IPv4 if it is one")
    return address.compressed


def _of_numbers(text: str) -> str:
    """A name whose last label is a number is an address of IPv4, or nothing that two programs read alike."""
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise ValueError(f"{text!r} is not an IPv4 address: it has four numbers up to 255") from None
