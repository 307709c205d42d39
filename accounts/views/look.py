"""A deployment's own look: its logo, and the stylesheet with its accent (docs/look.md)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from accounts.ground.look import Logo, digest
from accounts.site.stylesheet import stylesheet

GONE = 410
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Opened by itself, an SVG may have styles, and no scripts."""


@require_safe
@gzip_page
def css(request: HttpRequest, named: str) -> HttpResponse:
    return _served(stylesheet(), "text/css", named)


@require_safe
def logo(request: HttpRequest, named: str) -> HttpResponse:
    own: Logo | None = settings.BRAND_LOGO
    return _served(own.content if own else None, own.media_type if own else "", named)


def _served(content: bytes | None, media_type: str, named: str) -> HttpResponse:
    """For good under the name that says what is in it. A node that looks otherwise, while settings are rolled out, has
    no other to give: it gives its own, and nobody keeps that."""
    if content is None:
        return HttpResponse(status=GONE)
    kept = "public, max-age=31536000, immutable" if named == digest(content) else "no-cache"
    return HttpResponse(content, content_type=media_type, headers={**HEADERS, "Cache-Control": kept})
