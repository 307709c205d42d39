"""For Django REST framework: an authentication class, and a permission that asks for scopes."""

from typing import Any

from rest_framework import exceptions, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from avouch_api.conf import provider
from avouch_api.refusals import InsufficientScope, InvalidRequest, NoToken, Refusal, Unavailable
from avouch_api.requests import access_token, shows_token
from avouch_api.tokens import AccessToken

REFUSAL = "_avouch_api_refusal"
"""Where the request keeps it: REST framework asks a new instance of the class for the challenge."""


class AccessTokenAuthentication(BaseAuthentication):
    """`request.user` and `request.auth` are the `AccessToken`; nobody where no token was shown, so that other classes
    may follow and a permission decides."""

    def authenticate(self, request: Request) -> tuple[AccessToken, AccessToken] | None:
        if not shows_token(request):
            return None
        try:
            found = access_token(request)
        except Refusal as refusal:
            setattr(request, REFUSAL, refusal)
            raise _told(refusal) from None
        except Unavailable as error:
            raise ProviderUnavailable(str(error)) from None
        return found, found

    def authenticate_header(self, request: Request) -> str:
        refusal = getattr(request, REFUSAL, None) or NoToken("an access token is needed")
        challenge: str = refusal.challenge(provider().audience)
        return challenge


def _told(refusal: Refusal) -> exceptions.APIException:
    if isinstance(refusal, InvalidRequest):
        return Malformed(refusal)
    return exceptions.AuthenticationFailed(refusal.description)


class ProviderUnavailable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "temporarily_unavailable"
    wait = 5  # seconds, which REST framework sends as Retry-After


class Malformed(exceptions.ParseError):
    """REST framework sends `auth_header` along."""

    def __init__(self, refusal: InvalidRequest) -> None:
        super().__init__(refusal.description)
        self.auth_header = refusal.challenge(provider().audience)


class ScopeMissing(exceptions.PermissionDenied):
    """As above."""

    def __init__(self, refusal: InsufficientScope) -> None:
        super().__init__(refusal.description)
        self.auth_header = refusal.challenge(provider().audience)


class HasScopes(BasePermission):
    """The view says which, as `required_scopes`; without any a good token is enough."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, AccessToken):
            return False
        try:
            request.auth.needs(tuple(getattr(view, "required_scopes", ())))
        except InsufficientScope as refusal:
            raise ScopeMissing(refusal) from None
        return True
