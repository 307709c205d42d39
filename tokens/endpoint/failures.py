"""What an OAuthError looks like on the wire: JSON of RFC 6749 §5.2, or a challenge of RFC 6750 §3."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from tokens.endpoint.refusals import parameters
from tokens.endpoint.sender import schemes
from tokens.protocol.errors import InvalidClient, NoToken, OAuthError

Failure = Callable[[HttpRequest, OAuthError], HttpResponse]


def json_failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """RFC 6749 §5.2: a challenge answers who tried to authenticate by a header, and nobody else."""
    if isinstance(error, InvalidClient) and "Authorization" in request.headers:
        challenge = {"WWW-Authenticate": f'Basic realm="{settings.ISSUER}"'}
        return JsonResponse(parameters(error), status=401, headers=challenge)
    return JsonResponse(parameters(error), status=error.status)


def bearer_failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """RFC 6750 §3: the error goes into the challenge, and none where no token was shown."""
    response = JsonResponse(parameters(error), status=error.status)
    shown = {} if isinstance(error, NoToken) else error.parameters()
    response["WWW-Authenticate"] = ", ".join(_challenge(scheme, more, shown) for scheme, more in schemes().items())
    return response


def _challenge(scheme: str, more: str, shown: Mapping[str, str]) -> str:
    said = [f'{name}="{value}"' for name, value in shown.items()]
    return f"{scheme} " + ", ".join([f'realm="{settings.ISSUER}"', *([more] if more else []), *said])
