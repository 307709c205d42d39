"""`request.user` from the row that the session engine has read anyway."""

from django.contrib.auth import middleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User


class AuthenticationMiddleware(middleware.AuthenticationMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        user = SimpleLazyObject(lambda: _user(request))

        async def auser() -> User | AnonymousUser:
            await request.session.aget("")  # reads the row without blocking the loop
            return _user(request)

        request.user = user  # type: ignore[assignment]  # lazy, as Django's own
        request.auser = auser


def _user(request: HttpRequest) -> User | AnonymousUser:
    login = request.session.login  # type: ignore[attr-defined]  # our engine's
    return login.user if login else AnonymousUser()
