"""client_secret_basic (RFC 6749 §2.3.1): the secret in the Authorization header.

An empty secret is none (RFC 6749 §2.3.1): many a library writes a public client's id so.
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from tokens.protocol.client_authentication import client_secret, none
from tokens.protocol.client_authentication.method import Credentials, Method, Presented
from tokens.protocol.reasons import refusal

NAME = "client_secret_basic"


def present(credentials: Credentials) -> Presented[Any]:
    scheme, _, encoded = (credentials.authorization or "").partition(" ")
    if scheme.lower() != "basic":
        raise refusal("authorization_scheme")
    client_id, secret = _halves(encoded)
    if credentials.form.get("client_id", client_id) != client_id:
        raise refusal("client_id_differs")
    return Presented(NAME, client_id, secret) if secret else Presented(none.NAME, client_id, None)


def _halves(encoded: str) -> tuple[str, str]:
    """The two halves, each of which was form-encoded before they were joined."""
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        user, password = unquote_plus(user, errors="strict"), unquote_plus(password, errors="strict")
    except (binascii.Error, ValueError):
        raise refusal("basic_credentials_unreadable") from None
    if not colon or "\x00" in user:
        raise refusal("basic_credentials_unreadable")
    return user, password


METHOD: Method[Any] = Method(credential="client_secret", present=present, proves=client_secret.proves, header=True)
