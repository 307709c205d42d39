"""Sign-in by password, where Django itself asks for one."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from accounts.sign_in.guesses import person_of


class PasswordBackend(ModelBackend):
    """Rights as Django's own has them, and its `authenticate` with our one judgement: no way in is without limits."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        user = person_of(request, username, password)
        return user if user is not None and self.user_can_authenticate(user) else None
