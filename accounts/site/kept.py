"""What somebody typed and was not taken: the answer holds it, as a form that sends it once more. It is in no address,
and nowhere on this server."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.site.context_processors import brand
from accounts.site.security_headers import form_may_leave

OURS = ("csrfmiddlewaretoken",)
"""Fields that every page gives anew."""
PASSWORDS = ("password", "password1", "password2", "current_password", "new_password")
"""Fields that are typed again, with a form's prefix or without: no answer of ours says a password."""

Fields = Sequence[tuple[str, str]]


def typed(request: HttpRequest) -> Fields:
    """The form's fields in their order. As many and as long as Django lets in (DATA_UPLOAD_MAX_NUMBER_FIELDS,
    DATA_UPLOAD_MAX_MEMORY_SIZE)."""
    return [(name, value) for name, values in request.POST.lists() if _is_kept(name) for value in values]


def _is_kept(name: str) -> bool:
    return name not in OURS and name.rpartition("-")[2] not in PASSWORDS


def is_from_our_page(request: HttpRequest) -> bool:
    """Whether the browser says so. What other sites send is not shown with a button: who presses it would send what
    they never typed."""
    try:
        return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return False


def again(request: HttpRequest, status: int, *, title: str, what: str) -> HttpResponse | None:
    """A page that sends the form once more; None where nothing was typed, or not on a page of ours."""
    try:
        fields = typed(request) if request.method == "POST" and is_from_our_page(request) else ()
    except (SuspiciousOperation, UnreadablePostError):
        return None
    context = {"title": title, "what": what, "button": _("Send it again")}
    if not fields:
        return None
    response = page(request, fields, status, context)
    # It ends where the form itself would have ended: at a client, perhaps.
    form_may_leave(response)
    return response


def page(request: HttpRequest, fields: Fields, status: int, context: dict[str, Any]) -> HttpResponse:
    """A page with the fields and a button that sends them to the same address. `context` says `title`, `what` and the
    words of the `button`. Without the other context processors: what they need may be just what is broken."""
    shown = {**brand(request), "kept": fields, "csrf_token": get_token(request), **context}
    return HttpResponse(render_to_string("accounts/kept.html", shown), status=status)
