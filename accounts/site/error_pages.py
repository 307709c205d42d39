"""Pages for what went wrong: what it was, whose it is to mend, and the request's id."""

from urllib.parse import urlencode

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.site import kept
from accounts.site.refusal_lines import give_reason


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def session_over(request: HttpRequest) -> HttpResponse:
    """For a sign-in that ended while its request was answered. What was done by then may stand."""
    give_reason(request, "session_over")
    context = {
        "title": _("You are signed out"),
        "what": _("Your sign-in ended while this was being done: in another window, by a new password or by others."),
        "whose": _("Sign in again, and look whether it was done."),
        "again": _opened_again(request),
    }
    return render(request, "error.html", context, status=403)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None, detail: str = "") -> HttpResponse:
    """`detail`: for a developer, where it is known what was meant."""
    return render(request, "404.html", {"detail": detail}, status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    give_reason(request, "form_unmatched")
    what = _("Its page is older than your last sign-in here, or the browser has lost our cookies since.")
    if (again := kept.again(request, 403, title=_("This form is from before"), what=what)) is not None:
        return again
    context = {
        "title": _("This page was open for too long"),
        "what": _("The form could not be matched to your browser, so nothing was done."),
        "whose": _("Open it again and send its form from there. The browser has to keep cookies of this site."),
        "again": _opened_again(request),
    }
    return render(request, "error.html", context, status=403)


def _opened_again(request: HttpRequest) -> str:
    """The page of the form, and where it was to lead on to."""
    try:
        following = request.POST.get("next")
    except (SuspiciousOperation, UnreadablePostError):
        following = None
    return f"{request.path}?{urlencode({'next': following})}" if following else request.get_full_path()
