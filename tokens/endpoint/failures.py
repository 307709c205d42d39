"""What an OAuthError looks like on the wire: JSON of RFC 6749 §5.2, or a challenge of RFC 6750 §3."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from tokens.endpoint.sender import schemes
from tokens.protocol.errors import InvalidClient, InvalidToken, OAuthError

Failure = Callable[[HttpRequest, OAuthError], HttpResponse]


def json_failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """RFC 6749 §5.2: a challenge answers who tried to authenticate by a header, and nobody else."""
    if isinstance(error, InvalidClient) and "Authorization" in request.headers:
        challenge = {"WWW-Authenticate": f'Basic realm="{settings.ISSUER}"'}
        return JsonResponse(error.parameters(), status=401, headers=challenge)
    return JsonResponse(error.parameters(), status=error.status)


def bearer_failure(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """RFC 6750 §3: the error goes into the challenge, and none where no token was shown."""
    response = JsonResponse(error.parameters(), status=error.status)
    shown = {} if isinstance(error, NoToken) else error.parameters()
    response["WWW-Authenticate"] = ", ".join(_challenge(scheme, more, shown) for scheme, more in schemes().items())
    return response


def _challenge(scheme: str, more: str, parameters: Mapping[str, str]) -> str:
    said = [f'{name}="{value}"' for name, value in parameters.items()]
    return f"{scheme} " + ", ".join([f'realm="{settings.ISSUER}"', *([more] if more else []), *said])


class NoToken(InvalidToken):
    """RFC 6750 §3.1: a request without any authentication gets a bare challenge."""
