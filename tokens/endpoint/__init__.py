"""What every endpoint does alike: methods, one clock reading, errors, caching, CORS. The files next to it: forms, the
client's authentication, the access token that a request shows, and what a refusal looks like."""

import re
from collections.abc import Callable
from functools import partial, wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt as exempt

from accounts.ground import clock
from accounts.site.cors import READABLE
from tokens.endpoint import refusals
from tokens.endpoint.failures import Failure, json_failure
from tokens.endpoint.sender import SENDER_CONSTRAINTS
from tokens.keys import NoSigningKey
from tokens.protocol.errors import OAuthError
from tokens.protocol.reasons import refusal

View = Callable[..., HttpResponse]
"""Of the request, of `now`, and by name of what the mount list says of it."""

PREFLIGHT_MAX_AGE = 3600  # seconds
HEADER_NAMES = re.compile(r"[\w!#$%&'*+.^`|~-]+(, ?[\w!#$%&'*+.^`|~-]+)*", re.ASCII)
"""A list of field names (RFC 9110 §5.1), and nothing that could be another header."""


def endpoint(
    *methods: str, failure: Failure = json_failure, cors: bool = False, csrf_exempt: bool = True
) -> Callable[[View], Callable[..., HttpResponse]]:
    """Makes a view of a function of the request and of `now`, this node's clock, read once.

    An OAuthError becomes the answer that `failure` makes of it: here, and nowhere else.
    """
    # HEAD only where nothing but GET is: an authorization request that is answered has issued a code.
    allowed = [*methods, *(["HEAD"] if methods == ("GET",) else []), "OPTIONS"]
    headers = {"Allow": ", ".join(allowed), "Cache-Control": "no-store", **(_cors() if cors else {})}

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answered(request: HttpRequest, **mounted: object) -> HttpResponse:
            if request.method == "OPTIONS":
                response = HttpResponse(status=204, headers=_preflight(request, allowed) if cors else {})
            elif request.method not in allowed:
                response = _refuse(request, refusal("method_not_allowed", came=request.method, right=allowed), failure)
                response.status_code = 405
            else:
                response = _answer(partial(view, **mounted), request, failure)
            if not response.content:
                response.headers.pop("Content-Type", None)  # of nothing, and a page's by default
            for name, value in headers.items():
                response.headers.setdefault(name, value)
            if response.headers["Cache-Control"] == "no-store":
                response.headers["Pragma"] = "no-cache"  # RFC 6749 §5.1
            return response

        return exempt(answered) if csrf_exempt else answered

    return decorate


def _cors() -> dict[str, str]:
    readable = [*READABLE, *(name for each in SENDER_CONSTRAINTS.values() for name in each.response_headers)]
    return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": ", ".join(readable)}


def _preflight(request: HttpRequest, methods: list[str]) -> dict[str, str]:
    return {
        "Access-Control-Allow-Headers": _sendable(request.headers.get("Access-Control-Request-Headers", "")),
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Max-Age": str(PREFLIGHT_MAX_AGE),
        "Vary": "Access-Control-Request-Headers",
    }


def _sendable(asked: str) -> str:
    """What is asked for: such an endpoint reads no cookie, so a script of another origin can do nothing that a program
    cannot. Tracing adds headers of its own to every request, and `*` would not cover Authorization."""
    if HEADER_NAMES.fullmatch(asked):
        return asked
    known = (name for each in SENDER_CONSTRAINTS.values() for name in each.request_headers)
    return ", ".join(("Authorization", "Content-Type", *known))


def _answer(view: View, request: HttpRequest, failure: Failure) -> HttpResponse:
    try:
        return view(request, clock.now())
    except OAuthError as error:
        return _refuse(request, error, failure)
    except NoSigningKey as error:
        response = _refuse(request, refusal("temporarily_unavailable", why=error), failure)
        response.headers["Retry-After"] = "5"
        return response


def _refuse(request: HttpRequest, error: OAuthError, failure: Failure) -> HttpResponse:
    refusals.log(request, error)
    return failure(request, error)
