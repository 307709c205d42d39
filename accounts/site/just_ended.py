"""Which sign-in a person ended in this browser just now: a signed cookie says so for a minute, to us alone, for the
page that tells what became of it. It stands in no address, so in no history and no log."""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.ground.dated_signer import DatedSigner

COOKIE = f"{settings.COOKIE_PREFIX}ended"
KEPT = timedelta(minutes=1)


def note(response: HttpResponseBase, sid: str) -> None:
    """The person in front of this browser ended this sign-in of theirs."""
    response.set_cookie(
        COOKIE,
        _signer().sign(sid),
        max_age=KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def just_ended(request: HttpRequest) -> str | None:
    """The sign-in's sid; None where none ended here, or longer ago."""
    try:
        return _signer().fresh(request.COOKIES.get(COOKIE, ""), KEPT)
    except BadSignature:
        return None


def _signer() -> DatedSigner:
    return DatedSigner(salt="accounts.site.just_ended")
