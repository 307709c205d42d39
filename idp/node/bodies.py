"""A page refuses a body by its type and its length before anything reads it.

Before the view of a page is called, Django reads the form for the token against forged requests, and writes what comes
as multipart/form-data to the disk, however long it is. No page of ours takes a file. A view without that token (an
endpoint for programs, an API) is the first to read: it judges the type itself, and Django the length.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.site.form_type import FORM_TYPE
from idp.node import failures


class Bodies:
    """Middleware. What comes in chunks says no length: it is counted as it is read (`idp.wsgi`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        if getattr(view, "csrf_exempt", False):
            return None
        length = _length(request)
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return failures.too_large(request)
        has_body = length != 0 or "HTTP_TRANSFER_ENCODING" in request.META
        return failures.not_a_form(request) if has_body and request.content_type != FORM_TYPE else None


def _length(request: HttpRequest) -> int:
    """As Django reads it: what is no number is no body."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
