"""Handles: codes, tokens, cookies and ids that travel, as `<region>.<43 of base64url>`. Only this module makes, reads
and hashes them; a refresh token, which is derived, has a module of its own.

The 43 characters are 24 random bytes and 8 of a MAC. The MAC says that a node of this deployment minted the handle, so
that nobody can make one region ask another with made-up text. It says nothing about worth: what a handle opens is
decided by the row that is found under its key, and such a look is made for every text of the right form.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NewType

from tokens.protocol import base64url

Handle = NewType("Handle", str)
"""What the holder shows: never stored where it is a credential, never logged."""

Key = NewType("Key", str)
"""What is stored of a handle that is a credential: its region and SHA-256. 192 random bits need no slow hash."""

RANDOM_BYTES = 24
MAC_BYTES = 8
"""Enough against guessing over the network, where a right guess wins one futile look at another region."""
LABEL = b"handle "
"""Keeps this use of a pepper apart from its other uses."""
_FORM = re.compile(r"[a-z0-9]{1,16}\.[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minter:
    """Mints the handles of one region. `peppers`: id to key, at least one; the first mints, each is still known."""

    region: str
    peppers: Mapping[str, bytes]

    def mint(self) -> Handle:
        pepper = next(iter(self.peppers.values()))
        return _handle(self.region, secrets.token_bytes(RANDOM_BYTES), pepper)

    def minted(self, text: str) -> bool:
        """Whether a node that had one of the peppers minted it, in any region. Every pepper is tried."""
        handle = parse(text)
        if handle is None:
            return False
        name, _, tail = handle.partition(".")
        random = base64url.decode(tail)[:RANDOM_BYTES]
        # The whole text is compared: what is not the very spelling that was minted is another handle.
        verdicts = [
            hmac.compare_digest(_handle(name, random, pepper).encode(), handle.encode())
            for pepper in self.peppers.values()
        ]
        return any(verdicts)

    def key_of(self, text: str) -> Key | None:
        """As the function below, for accounts, which reaches a minter only."""
        return key_of(text)


def parse(text: str) -> Handle | None:
    """`text` as a handle; None where it cannot be one of ours, which spares the store a look."""
    return Handle(text) if _FORM.fullmatch(text) else None


def key(handle: Handle) -> Key:
    """`<region>.<SHA-256 in base64url>`, at most 60 characters: it can be looked for where the handle is at home."""
    return Key(f"{region(handle)}.{base64url.encode(hashlib.sha256(handle.encode()).digest())}")


def key_of(text: str) -> Key | None:
    """The key of what may be a handle; None where `text` cannot be one."""
    handle = parse(text)
    return key(handle) if handle is not None else None


def region(handle: Handle | Key) -> str:
    """Where a handle, or what a key names, is at home."""
    return handle.partition(".")[0]


def packed(handle: Handle) -> bytes:
    """The 32 bytes of a handle and its region, for a text that carries it. Raises ValueError where it is no handle."""
    name, _, tail = handle.partition(".")
    data = base64url.decode(tail) + name.encode()
    if unpacked(data) != handle:
        raise ValueError("not the spelling that a handle is minted in")
    return data


def unpacked(data: bytes) -> Handle:
    """The handle that `packed` gave. Raises ValueError where there is none."""
    size = RANDOM_BYTES + MAC_BYTES
    handle = parse(f"{data[size:].decode()}.{base64url.encode(data[:size])}")
    if handle is None:
        raise ValueError("these bytes are no handle")
    return handle


def _handle(region: str, random: bytes, pepper: bytes) -> Handle:
    mac = hmac.digest(pepper, LABEL + region.encode() + b"." + random, "sha256")[:MAC_BYTES]
    return Handle(f"{region}.{base64url.encode(random + mac)}")
