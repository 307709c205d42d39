"""The people whom a browser keeps signed in, by name, so that they choose theirs where they sign in again: an account
chooser. It signs nobody in, and asks nobody: a sealed cookie has the names, and only of who asked to be kept signed in.

It outlives a sign-out, which is when it is needed. Whoever sits there can have it forget them all.
"""

import json
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts import sessions
from accounts.ground.sealing import CannotUnseal, seal, unseal
from accounts.models import User

LIFETIME = timedelta(days=180)
"""Since the last sign-in."""
MOST = 5
"""People of one browser: the last ones."""
LENGTH = 2048
"""Characters of the cookie, of which browsers keep four thousand (RFC 6265 §6.1). Who would not fit is left out."""
FORGET = "forget"
"""The field of the sign-in page that has all of them forgotten."""
_CONTEXT = "accounts.sign_in.remembered"


def names(request: HttpRequest) -> Sequence[str]:
    """The user names, the last one first; none where there is no cookie of ours."""
    text = request.COOKIES.get(settings.PEOPLE_COOKIE_NAME, "")
    if not text or len(text) > LENGTH:
        return []
    try:
        found: Sequence[str] = json.loads(unseal(text, _CONTEXT, settings.SEALING_KEYS))
    except CannotUnseal:
        return []
    return found


def note(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """The person signed in here, and wants to be kept so if the session says it."""
    if not sessions.is_remembered(request):
        return
    newest = [user.username, *(name for name in names(request) if name != user.username)][:MOST]
    while len(text := seal(json.dumps(newest, ensure_ascii=False).encode(), _CONTEXT, settings.SEALING_KEYS)) > LENGTH:
        newest.pop()
    response.set_cookie(
        settings.PEOPLE_COOKIE_NAME,
        text,
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponseBase) -> None:
    response.delete_cookie(settings.PEOPLE_COOKIE_NAME, samesite="Lax")
