"""For Django Ninja: a security, and what tells its refusals as RFC 6750 has them."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.security.base import AuthBase

from avouch_api.conf import provider
from avouch_api.refusals import Refusal, Unavailable
from avouch_api.requests import access_token
from avouch_api.tokens import AccessToken


class AccessTokenAuth(AuthBase):
    """`auth=AccessTokenAuth("orders:read")`; `request.auth` is the `AccessToken`. `tell_refusals` has to know the API:
    without it a refusal is a failure of the server, and nobody is let in either."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self._scopes = scopes

    def __call__(self, request: HttpRequest) -> AccessToken:
        return access_token(request, self._scopes)


def tell_refusals(api: NinjaAPI) -> None:
    """Makes the API answer them with a challenge."""

    def refused(request: HttpRequest, refusal: Any) -> HttpResponse:
        answer = JsonResponse(refusal.body(), status=refusal.status)
        answer["WWW-Authenticate"] = refusal.challenge(provider().audience)
        return answer

    def unavailable(request: HttpRequest, error: Any) -> HttpResponse:
        body = {"error": "temporarily_unavailable", "error_description": str(error)}
        return JsonResponse(body, status=503, headers={"Retry-After": "5"})

    api.add_exception_handler(Refusal, refused)
    api.add_exception_handler(Unavailable, unavailable)
