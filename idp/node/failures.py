"""The answer to what no view could answer, as JSON or as a page: 503 where something that we need is down, else 500;
404 for a path of another role or of nobody; what a request is refused for before a view sees it."""

import sys
from math import ceil

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import is_valid_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from psycopg_pool import PoolTimeout

from accounts.ground.taken_back import was_taken_back
from accounts.ground.unavailable import Unavailable
from accounts.site import error_pages, kept
from accounts.site.form_type import FORM_TYPE
from idp.mount_list import is_for_people, is_for_programs
from tokens import refused

RETRY_AFTER = "2"  # seconds: a database that restarts is back within that, mostly
DEPENDENCY_DOWN = (OperationalError, InterfaceError, PoolTimeout, Unavailable)
NOT_NOW = ("25006", "25P03")
"""SQLSTATE of what PostgreSQL calls internal errors: a standby takes no writes, a transaction stood idle too long."""


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is being handled."""
    error = sys.exc_info()[1]
    if not is_down(error):
        return _answer(request, down=False)
    request.failed_for_everybody = is_everybodys(error)  # type: ignore[attr-defined]  # ours
    if isinstance(error, Unavailable):
        return unavailable(request, str(ceil(error.retry_after.total_seconds())))
    return unavailable(request)


def unavailable(request: HttpRequest, retry_after: str = RETRY_AFTER) -> HttpResponse:
    """503, and after how many seconds to come back."""
    response = _answer(request, down=True)
    response.headers["Retry-After"] = retry_after
    return response


def is_down(error: BaseException | None) -> bool:
    """Whether something that we need does not answer, or not this one request."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) in NOT_NOW
    return isinstance(error, DEPENDENCY_DOWN) or _has_to_come_again(error)


def is_everybodys(error: BaseException | None) -> bool:
    """Not where two requests met at one row; of a store of another kind it is what that says."""
    if isinstance(error, Unavailable):
        return error.for_everybody
    return not _has_to_come_again(error)


def _has_to_come_again(error: BaseException | None) -> bool:
    return isinstance(error, DatabaseError) and was_taken_back(error)


def _answer(request: HttpRequest, *, down: bool) -> HttpResponse:
    error = (refused.unavailable if down else refused.broken)(request, _number(request))
    response = _page(request, down=down) if _is_page(request) else refused.as_json(error)
    response.headers["Cache-Control"] = "no-store"
    return response


@csrf_exempt
def not_served(request: HttpRequest, **named: object) -> HttpResponse:
    """For a path that nodes of another role answer."""
    error = refused.path_elsewhere(request)
    if _is_program(request):
        return refused.as_json(error)
    return _told(
        request,
        404,
        title=_("This is not served here"),
        what=_("A server of this role does not serve this address."),
        whose=_("You need do nothing. The people who run this server have to lead such requests to another one."),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    """413, for what a page is sent that says that it is longer than any form of ours."""
    return _told(
        request,
        413,
        title=_("This is too long"),
        what=_("What was sent is longer than this page can take, so it was not read."),
        whose=_("Go back and send less."),
    )


def not_a_form(request: HttpRequest) -> HttpResponse:
    """415, for what a page is sent in a type that none of our forms has."""
    return _told(
        request,
        415,
        title=_("This page takes no such form"),
        what=_("What was sent is no form of this page, so it was not read."),
        whose=_("Go back, reload the page and send its form again. A program has to send %(type)s.")
        % {"type": FORM_TYPE},
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, SessionInterrupted):
        return error_pages.session_over(request)
    error = refused.unreadable(request, exception)
    return refused.as_json(error) if _is_program(request) else error_pages.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    error = refused.not_allowed(request)
    if _is_program(request):
        return refused.as_json(error, status=403)
    return error_pages.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    meant = _without_slash(request.path)
    error = refused.path_unknown(request, meant)
    if _is_program(request):
        return refused.as_json(error)
    return error_pages.page_not_found(request, exception, detail=error.description if meant else "")


def _without_slash(path: str) -> str | None:
    """The path that was meant where only a slash at the end is too much."""
    meant = path.rstrip("/")
    return meant if meant != path and is_valid_path(meant) else None


def _is_program(request: HttpRequest) -> bool:
    """Of what no view of ours was meant: a node without pages has nothing else to say."""
    return not settings.PAGES or is_for_programs(request.path)


def _is_page(request: HttpRequest) -> bool:
    return settings.PAGES and is_for_people(request.path)


def _page(request: HttpRequest, *, down: bool) -> HttpResponse:
    if not down:
        context = {**_context(request), "same_page": _opens_itself(request)}
        return HttpResponse(render_to_string("500.html", context), status=500)
    title, what = _("Back in a moment"), _("Something that this server needs does not answer right now.")
    if (again := kept.again(request, 503, title=title, what=what)) is not None:
        return again
    return _told(
        request,
        503,
        title=title,
        what=what,
        whose=_("You need do nothing but try again in a few seconds."),
        same_page=_opens_itself(request),
    )


def _opens_itself(request: HttpRequest) -> bool:
    """Whether the address alone opens the page again; that of a form says less than was sent. The page's link names no
    address, since there may be a credential in it."""
    return request.method in ("GET", "HEAD")


def _told(
    request: HttpRequest, status: int, *, title: str, what: str, whose: str, same_page: bool = False
) -> HttpResponse:
    context = {**_context(request), "title": title, "what": what, "whose": whose, "same_page": same_page}
    return HttpResponse(render_to_string("error.html", context), status=status)


def _context(request: HttpRequest) -> dict[str, str]:
    """Without context processors: what they need may be just what is broken."""
    return {"brand": settings.BRAND, "request_id": _number(request)}


def _number(request: HttpRequest) -> str:
    return getattr(request, "request_id", "")
