"""What every endpoint does alike: methods, one clock reading, errors, caching, CORS. The files next to it: forms, the
client's authentication, the access token that a request shows, and what a refusal looks like."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial, wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt as exempt

from tokens.endpoint.failures import Failure, json_failure
from tokens.endpoint.sender import SENDER_CONSTRAINTS
from tokens.keys import NoSigningKey
from tokens.protocol.errors import InvalidRequest, OAuthError, TemporarilyUnavailable

View = Callable[..., HttpResponse]
"""Of the request, of `now`, and by name of what the mount list says of it."""

PREFLIGHT_MAX_AGE = 3600  # seconds


def endpoint(
    *methods: str, failure: Failure = json_failure, cors: bool = False, csrf_exempt: bool = True
) -> Callable[[View], Callable[..., HttpResponse]]:
    """Makes a view of a function of the request and of `now`, this node's clock, read once.

    An OAuthError becomes the answer that `failure` makes of it: here, and nowhere else.
    """
    # HEAD only where nothing but GET is: an authorization request that is answered has issued a code.
    allowed = [*methods, *(["HEAD"] if methods == ("GET",) else []), "OPTIONS"]
    preflight = _preflight(allowed) if cors else {}
    headers = {"Allow": ", ".join(allowed), "Cache-Control": "no-store", **(_cors() if cors else {})}

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answered(request: HttpRequest, **mounted: object) -> HttpResponse:
            if request.method == "OPTIONS":
                response = HttpResponse(status=204, headers=preflight)
            elif request.method not in allowed:
                response = failure(request, InvalidRequest("this method is not allowed here"))
                response.status_code = 405
            else:
                response = _answer(partial(view, **mounted), request, failure)
            for name, value in headers.items():
                response.headers.setdefault(name, value)
            if response.headers["Cache-Control"] == "no-store":
                response.headers["Pragma"] = "no-cache"  # RFC 6749 §5.1
            return response

        return exempt(answered) if csrf_exempt else answered

    return decorate


def _cors() -> dict[str, str]:
    readable = ["WWW-Authenticate", *(name for each in SENDER_CONSTRAINTS.values() for name in each.response_headers)]
    return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": ", ".join(readable)}


def _preflight(methods: list[str]) -> dict[str, str]:
    sendable = [
        *("Authorization", "Content-Type"),
        *(name for each in SENDER_CONSTRAINTS.values() for name in each.request_headers),
    ]
    return {
        "Access-Control-Allow-Headers": ", ".join(sendable),
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Max-Age": str(PREFLIGHT_MAX_AGE),
    }


def _answer(view: View, request: HttpRequest, failure: Failure) -> HttpResponse:
    try:
        return view(request, datetime.now(UTC))
    except OAuthError as error:
        return failure(request, error)
    except NoSigningKey as error:
        response = failure(request, TemporarilyUnavailable(str(error)))
        response.headers["Retry-After"] = "5"
        return response
