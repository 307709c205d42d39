"""The home page: who is signed in here, and where to go from here."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import mail, sessions
from accounts.models import User
from accounts.pages import home_url, step_up_url
from accounts.sign_in import sign_up

WAYS: Mapping[str, str | Promise] = {
    "change_address": _("Change your e-mail address"),
    "change_password": _("Change your password"),
    "authenticator": _("Authenticator app and recovery codes"),
    "passkeys": _("Passkeys"),
    "sessions": _("Where you are signed in"),
}
"""What a person signs in with, and where they did: a line a page, by its name."""
BY_PASSWORD = frozenset({"change_password"})
"""Those that are for who has one."""
BY_MAIL = frozenset({"change_address"})
"""Those that are offered where mail is."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if sessions.lacks_second_factor(request):
        return HttpResponseRedirect(step_up_url(home_url(), own=True), status=303)
    has_password = isinstance(request.user, User) and request.user.has_usable_password()
    missing = {*(() if mail.offered() else BY_MAIL), *(() if has_password else BY_PASSWORD)}
    ways = {page: text for page, text in WAYS.items() if page not in missing}
    said = {"over": sessions.is_over(request), "ways": ways, "sign_up": sign_up.is_open()}
    return render(request, "accounts/home.html", said)
