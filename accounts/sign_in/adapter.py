"""Where allauth asks us: names, redirects, who is there again, a change of password."""

from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.models import User
from accounts.names import password_text
from accounts.sign_in.guesses import judge
from accounts.site.addresses import source_of

MISMATCH = _("The username or password is not right.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": MISMATCH,
        "email_password_mismatch": MISMATCH,
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("The current password is not right."),
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
            stored = User.objects.lock(user.pk)
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
            if current and stays:
                sessions.end_others(user, current.sid)
            else:
                sessions.end_all(user)
                sessions.sign_out(self.request)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """A page that leads on to where the person was going, with another account."""
        following = request.POST.get("next", "")
        query = f"?{urlencode({'next': following})}" if self.is_safe_url(following) else ""
        return HttpResponseRedirect(reverse("account_inactive") + query)

    def logout(self, request: HttpRequest) -> None:
        """What the sign-out page calls."""
        sessions.sign_out(request)

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Judges the password of who is signed in, wherever it is asked for again."""
        assert isinstance(user, User)  # noqa: S101 - the one model of users
        return judge(self.request, user, user.username, password)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Of any request, whatever its headers say: allauth would refuse it."""
        return source_of(request)
