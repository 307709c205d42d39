"""Sign-in by password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from accounts.models import User


class PasswordBackend(AuthenticationBackend):
    """allauth's backend (it hashes also for an unknown name, so that time tells nothing), with our one look-up."""

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        identifier = credentials.get("username") or credentials.get("email") or ""
        user = User.objects.by_identifier(identifier)
        return user if self._check_password(user, credentials["password"]) else None
