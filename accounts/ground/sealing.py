"""Sealing: what must be read again is stored encrypted (AES-256-GCM) under the server's sealing key."""

import base64
import binascii
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class CannotUnseal(Exception):
    """None of the sealing keys opens it: a key was lost, or the value moved or changed."""


def seal(plain: bytes, context: str, keys: Mapping[str, bytes]) -> str:
    """`<key id>.<base64url of nonce and ciphertext>` under the first key. It opens only with the same `context`."""
    identifier, key = next(iter(keys.items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(key[:32]).encrypt(nonce, plain, context.encode())
    return f"{identifier}.{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str, context: str, keys: Mapping[str, bytes]) -> bytes:
    """Raises CannotUnseal."""
    identifier, _, encoded = sealed.partition(".")
    try:
        raw = base64.urlsafe_b64decode(encoded)
        return AESGCM(keys[identifier][:32]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
    except (KeyError, ValueError, binascii.Error, InvalidTag):
        raise CannotUnseal(f"{context}: no key of IDP_SECRETS/sealing opens it") from None
