"""Where allauth asks us: names, redirects, throttle keys, a change of password."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.models import User
from accounts.names import password_text, same_name_key

MISMATCH = _("The username or password is not right.")
THROTTLED = ("too_many_login_attempts", "too_many_attempts_on_name")
"""The codes of the errors that say: not now."""


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": MISMATCH,
        "email_password_mismatch": MISMATCH,
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("The current password is not right."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes, then try again."),
        "too_many_attempts_on_name": _("Too many failed attempts on this name. Try again in an hour."),
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
            stored = User.objects.locked(user.pk).first()
            # What was proved is the password of before: it may not undo one that an administrator set meanwhile.
            if stored is None or stored.password != user.password:
                raise PermissionDenied
            # A change that moved the epoch meanwhile ended this sign-in too.
            untouched = stored.security_epoch == user.security_epoch
            user.set_password(password)
            # Not the whole row: the rights in it may have been taken away since it was read.
            user.save(update_fields=["password", "updated_at"])
            current = sessions.current(self.request)
            stays = untouched and sessions.reauthenticated(self.request, user, {"method": "password"})
            sessions.end_all(user, except_sid=current.sid if current and stays else None)
            if not stays:
                sessions.sign_out(self.request)

    def logout(self, request: HttpRequest) -> None:
        """What the sign-out page calls."""
        sessions.sign_out(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts a guess before it is checked: few for a name from one address, more for a name from anywhere.

        By nothing but the name a few guesses, made by anybody, would keep the person out.
        """
        super().pre_authenticate(request, **credentials)
        key = _name_key(credentials)
        on_name = ratelimit.consume(request, app="allauth.account", action="login_failed_on_name", key=key)
        if on_name is None:
            raise self.validation_error("too_many_attempts_on_name")
        if self._login_failed_rl_usage is not None:
            # What allauth takes back when the password was right.
            self._login_failed_rl_usage.usage += on_name.usage

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One throttle for all spellings of a name from one address, on every host."""
        return f"{ratelimit.get_ip(request)} {_name_key(credentials)}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """The person's address; of a request that did not pass all our proxies, the one that it came from."""
        try:
            address: str = super().get_client_ip(request)
        except ImproperlyConfigured:
            return str(request.META["REMOTE_ADDR"])
        return address


def _name_key(credentials: Mapping[str, Any]) -> str:
    return same_name_key(credentials.get("email") or credentials.get("username") or "")
