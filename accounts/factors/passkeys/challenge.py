"""The challenge of a ceremony: a MAC over browser, purpose and instant, so that it stands in a page and nowhere else.

Only what was spent is written down, once its signature was found right: who has no key makes us keep nothing.
"""

import secrets
from datetime import timedelta

from django.core.signing import BadSignature
from django.http import HttpRequest

from accounts.factors.passkeys.refusals import refused
from accounts.ground import clock
from accounts.ground.dated_signer import DatedSigner
from accounts.sign_in.browser import browser_of
from accounts.stores import store

GOOD_FOR = timedelta(minutes=10)
"""How long a page may be open."""


def new(request: HttpRequest, purpose: str) -> bytes:
    """Of this browser and purpose, and of no other: 16 random bytes, the instant, the MAC."""
    return _signer(request, purpose).sign(secrets.token_urlsafe(16)).encode()


def check(request: HttpRequest, purpose: str, challenge: bytes) -> None:
    """Raises ValidationError where it is not ours, of another browser or purpose, or too old."""
    try:
        _signer(request, purpose).fresh(challenge.decode("ascii"), GOOD_FOR)
    except (BadSignature, UnicodeDecodeError):
        raise refused("late") from None


def spend(challenge: bytes) -> None:
    """Raises ValidationError where it was spent before."""
    name = f"passkey challenge {challenge.decode('ascii')}"
    if not store().once.spend(name, clock.now() + GOOD_FOR):
        raise refused("late")


def _signer(request: HttpRequest, purpose: str) -> DatedSigner:
    return DatedSigner(salt=f"{__name__} {purpose} {browser_of(request)}")
