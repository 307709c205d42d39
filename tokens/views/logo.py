"""The picture of a client, as it was when the client was saved (OpenID Connect Registration §2, `logo_uri`)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from tokens.endpoint import endpoint
from tokens.interaction.pages import page_failure
from tokens.protocol.pictures import media_type
from tokens.stores import store

HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Its name says what is in it, so it never changes; and whatever else its bytes could be read as, it is a picture."""
GONE = 410


@endpoint("GET", failure=page_failure)
def logo(request: HttpRequest, now: datetime, name: str) -> HttpResponse:
    """The same for everybody. 410 for what is not kept, or no more."""
    kind = media_type(name)
    content = store().clients.logo(name) if kind is not None else None
    if content is None:
        return HttpResponse(status=GONE)
    return HttpResponse(content, content_type=kind, headers=HEADERS)
