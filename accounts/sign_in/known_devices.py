"""Browsers in which somebody signed in before: a signed cookie, which says so of accounts and tells nobody of which.

It signs nobody in and spares nobody a password. Whose wrong passwords are counted apart is all that hangs on it, so it
outlives a sign-out, and ends with the password.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User

LIFETIME = timedelta(days=180)
"""Since the last sign-in."""
MOST = 8
"""Accounts that one cookie names: the last ones."""
LENGTH = 1024
"""Characters of a cookie that is looked at: more than ours ever has."""
_SALT = "accounts.sign_in.known_devices"


def device_of(request: HttpRequest, user: User) -> str | None:
    """The device's random name, if the person signed in there since their password is what it is."""
    device, marks = _read(request)
    return device if device and _mark(device, user) in marks else None


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """The person has proved here who they are."""
    device, marks = _read(request)
    device = device or secrets.token_urlsafe(16)
    mark = _mark(device, user)
    newest = [mark, *(other for other in marks if other != mark)][:MOST]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([device, newest], salt=_SALT),
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, Sequence[str]]:
    """The device and the marks of accounts in the cookie; empty where there is none that we signed."""
    text = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    if len(text) > LENGTH:
        return "", ()
    try:
        device, marks = signing.loads(text, salt=_SALT, max_age=LIFETIME)  # this machine's clock: seconds do not matter
    except signing.BadSignature:
        return "", ()
    return device, marks


def _mark(device: str, user: User) -> str:
    """Of an account on one device: nobody who reads two cookies learns that they name the same person."""
    told = hashlib.sha256(f"{device} {user.pk} {user.security_epoch}".encode()).digest()
    return urlsafe_b64encode(told[:12]).decode()
