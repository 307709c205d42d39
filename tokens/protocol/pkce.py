"""Proof Key for Code Exchange (RFC 7636), S256 only."""

import hashlib
import hmac
import re

from tokens.protocol import base64url
from tokens.protocol.errors import InvalidGrant, InvalidRequest

S256 = "S256"
CODE_CHALLENGE_METHODS = (S256,)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


def check_challenge(challenge: str | None, method: str | None, *, required: bool) -> None:
    """RFC 7636 §4.4.1. An absent method means plain, which is refused. Raises InvalidRequest."""
    if challenge is None and method is None and not required:
        return
    if challenge is None:
        raise InvalidRequest("code_challenge is missing: PKCE with S256 is required")
    if method != S256:
        raise InvalidRequest("code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code_challenge must be 43 characters of base64url")


def check_verifier(verifier: str | None, challenge: str | None) -> None:
    """RFC 7636 §4.6, and RFC 9700 §4.8.2: a verifier without a challenge is a downgrade. Raises InvalidGrant."""
    if challenge is None and verifier is None:
        return
    if challenge is None:
        raise InvalidGrant("code_verifier was sent, but the authorization request had no code_challenge")
    if verifier is None:
        raise InvalidGrant("code_verifier is missing")
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("code_verifier must be 43 to 128 unreserved characters")
    if not hmac.compare_digest(challenge_of(verifier), challenge):
        raise InvalidGrant("code_verifier does not match the code_challenge")


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2."""
    return base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())
