"""The answer to what no view could answer: 503 where something that we need is down, else 500; JSON or a page."""

import sys

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from psycopg_pool import PoolTimeout

RETRY_AFTER = "2"  # seconds: a database that restarts is back within that, mostly
DEPENDENCY_DOWN = (OperationalError, InterfaceError, PoolTimeout)
# Of PostgreSQL, which calls them internal errors: a standby takes no writes, a transaction stood idle for too long.
NOT_NOW = ("25006", "25P03")
PAGES = (
    *("/accounts/", "/admin/"),
    *("/oauth2/authorize", "/oauth2/consent", "/oauth2/logout", "/oauth2/select_account"),
)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is being handled."""
    return unavailable(request) if _is_down(sys.exc_info()[1]) else _answer(request, down=False)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503, and when to come back."""
    response = _answer(request, down=True)
    response.headers["Retry-After"] = RETRY_AFTER
    return response


def _is_down(error: BaseException | None) -> bool:
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) in NOT_NOW
    return isinstance(error, DEPENDENCY_DOWN)


def _answer(request: HttpRequest, *, down: bool) -> HttpResponse:
    response = (_page if _is_page(request) else _json)(request, down=down)
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_page(request: HttpRequest) -> bool:
    return request.path == "/" or request.path.startswith(PAGES)


def _json(request: HttpRequest, *, down: bool) -> HttpResponse:
    error = "temporarily_unavailable" if down else "server_error"
    described = {"error": error, "error_description": f"request {getattr(request, 'request_id', '')}"}
    # Any origin may read it, or an app in a browser would see a network error and not know to try again.
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
    return JsonResponse(described, status=503 if down else 500, headers=headers)


def _page(request: HttpRequest, *, down: bool) -> HttpResponse:
    """Without context processors: what they need may be just what is broken."""
    context = {"brand": settings.BRAND, "request_id": getattr(request, "request_id", "")}
    if not down:
        return HttpResponse(render_to_string("500.html", context), status=500)
    context["title"] = _("Back in a moment")
    context["what"] = _("Something that this server needs does not answer right now.")
    context["whose"] = _("You need do nothing but try again in a few seconds.")
    return HttpResponse(render_to_string("error.html", context), status=503)
