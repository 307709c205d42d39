"""Where allauth asks us: names, redirects, throttle keys, a change of password."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.models import User
from accounts.names import password_text, same_name_key

MISMATCH = _("The username or password is not right.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": MISMATCH,
        "email_password_mismatch": MISMATCH,
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("The current password is not right."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only paths of our own: no host, not even ours, so that no spelling of one can slip through."""
        return url.startswith("/") and url.isprintable() and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def clean_password(self, password: str, user: AbstractBaseUser | None = None) -> str:
        cleaned: str = super().clean_password(password_text(password), user)
        return cleaned

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Changes the password. Of the person's sign-ins only this browser's stays: it has just proved the old one."""
        assert isinstance(user, User)  # noqa: S101 - the one model of users
        with transaction.atomic():
            super().set_password(user, password)
            current = sessions.current(self.request)
            if current is not None:
                sessions.reauthenticated(self.request, user, "password")
            sessions.end_all(user, except_sid=current.sid if current else None)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One throttle for all spellings of a name, whichever host was asked."""
        return same_name_key(credentials.get("email") or credentials.get("username") or "")
