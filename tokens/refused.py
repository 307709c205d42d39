"""What is refused before a view of ours sees it: for programs as JSON like every other error, and a line in the log.

The pages that people see in its place are `idp.node.failures`'s."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.site.cors import READABLE
from tokens.endpoint import refusals
from tokens.protocol.errors import OAuthError
from tokens.protocol.reasons import refusal

CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": ", ".join(READABLE)}
"""Any origin may read it, or an app in a browser would see a network error and not know what happened."""


def path_unknown(request: HttpRequest, meant: str | None = None) -> OAuthError:
    """`meant`: the path there is without the slash at its end; nothing else of what came is repeated."""
    right = f": without the slash at its end it is {meant}" if meant is not None else ""
    return _told(request, refusal("path_unknown", meant=right))


def path_elsewhere(request: HttpRequest) -> OAuthError:
    return _told(request, refusal("path_elsewhere"))


def unreadable(request: HttpRequest, exception: Exception | None) -> OAuthError:
    foreign = isinstance(exception, DisallowedHost)
    right = settings.ISSUER.partition("://")[2]
    return _told(request, refusal("host_unknown", right=right) if foreign else refusal("request_unreadable"))


def not_allowed(request: HttpRequest) -> OAuthError:
    return _told(request, refusal("not_allowed"))


def unavailable(request: HttpRequest, number: str) -> OAuthError:
    return _told(request, refusal("temporarily_unavailable", why=f"request {number}"))


def broken(request: HttpRequest, number: str) -> OAuthError:
    return _told(request, refusal("server_error", number=number))


def as_json(error: OAuthError, status: int | None = None) -> HttpResponse:
    """`status`: where the error's own is another."""
    headers = {**CORS, "Cache-Control": "no-store"}
    return JsonResponse(refusals.parameters(error), status=status or error.status, headers=headers)


def _told(request: HttpRequest, error: OAuthError) -> OAuthError:
    refusals.log(request, error)
    return error
