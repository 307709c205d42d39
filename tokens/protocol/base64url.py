"""Base64url without padding (RFC 4648 §5, RFC 7515 §2)."""

import base64


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of a text in the alphabet. Raises ValueError where base64 has no text of that length. Several texts may
    mean the same bytes: where only one may count, encode these again and compare."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
