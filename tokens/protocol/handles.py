"""Handles: codes, tokens and ids that travel. Minted, parsed and hashed here alone, as `<region>.<random>`."""

import hashlib
import re
import secrets
from typing import NewType

Handle = NewType("Handle", str)
"""What the holder shows: never stored, never logged."""

Key = NewType("Key", str)
"""What is stored of a handle that is a credential: its SHA-256 in hex. 256 random bits need no slow hash."""

RANDOM_BYTES = 32
_FORM = re.compile(r"[a-z0-9]{1,16}\.[A-Za-z0-9_-]{43}", re.ASCII)


def mint(region: str) -> Handle:
    return Handle(f"{region}.{secrets.token_urlsafe(RANDOM_BYTES)}")


def parse(text: str) -> Handle | None:
    """`text` as a handle; None where it cannot be one of ours, which spares the store a look."""
    return Handle(text) if _FORM.fullmatch(text) else None


def key(handle: Handle) -> Key:
    return Key(hashlib.sha256(handle.encode()).hexdigest())
