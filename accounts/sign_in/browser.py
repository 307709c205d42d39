"""Which browser it is, also while nobody is signed in there: by the secret that its forms are known by."""

import hashlib

from django.http import HttpRequest
from django.middleware.csrf import get_token


def browser_of(request: HttpRequest) -> str:
    """The digest of the secret, which is another one after each sign-in. `get_token` makes it where there is none."""
    get_token(request)
    return hashlib.sha256(request.META["CSRF_COOKIE"].encode()).hexdigest()
