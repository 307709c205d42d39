"""Headers that every page carries: what it may load, who may frame it, that nobody keeps it, and whether the window
that opened it may see it."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FORM_ACTION = "; form-action 'self'"
OPENER_POLICY = "Cross-Origin-Opener-Policy"

Arguments = ParamSpec("Arguments")
Response = TypeVar("Response", bound=HttpResponseBase)


class SecurityHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        headers = response.headers
        if response.status_code == HTTPStatus.FOUND and getattr(request, "place", None) is not None:
            # It brought a password (`accounts.ground.queue`): no browser sends that on (RFC 9700 §4.12).
            response.status_code = HTTPStatus.SEE_OTHER
        # Chromium applies form-action to the whole chain of redirects: a form that may end at a client sends none.
        policy = POLICY if getattr(response, "form_may_leave", False) else POLICY + FORM_ACTION
        headers.setdefault("Content-Security-Policy", policy)
        headers.setdefault("X-Frame-Options", "DENY")
        match = request.resolver_match
        if match is not None and getattr(match.func, "keeps_opener", False):
            headers[OPENER_POLICY] = "unsafe-none"
        if headers.get("Content-Type", "").startswith("text/html"):
            headers.setdefault("Cache-Control", "no-store")
        return response


def form_may_leave(response: HttpResponseBase) -> None:
    """Marks a page whose form POST may be redirected to a client."""
    response.form_may_leave = True  # type: ignore[attr-defined]  # read above, and nowhere else


def keeps_opener(view: Callable[Arguments, Response]) -> Callable[Arguments, Response]:
    """Marks a view on the way from a client through our pages and back. The client may have opened it in a window of
    its own, and waits there for the answer: any other policy than `unsafe-none`, on a redirect too, cuts the two apart
    for good (HTML Standard, cross-origin opener policies)."""

    @wraps(view)
    def marked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Response:
        return view(*args, **kwargs)

    marked.keeps_opener = True  # type: ignore[attr-defined]  # read above, and nowhere else
    return marked
