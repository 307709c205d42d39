"""Sign-in by password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.sign_in.guesses import judge


class PasswordBackend(AuthenticationBackend):
    """allauth's backend, with our one look-up and our one judgement."""

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        identifier = credentials.get("username") or credentials.get("email") or ""
        user = User.objects.by_identifier(identifier)
        self._did_check_password = True  # for an unknown name too, so that time tells nothing
        if not judge(request, user, identifier, credentials["password"]) or user is None:
            return None
        if self.user_can_authenticate(user):
            return user
        # allauth leads who was right to the page of a switched-off account.
        self._stash_user(user)
        return None
