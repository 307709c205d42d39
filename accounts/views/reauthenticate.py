"""The page that asks who is signed in for their password again."""

from typing import cast

from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.models import User
from accounts.pages import FOLLOWING, following, onward_url, sign_in_page
from accounts.sign_in.forms import ReauthenticateForm
from accounts.sign_in.password_queue import shows_its_form_again
from accounts.views.judging import for_somebody, has_a_password, judges


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def _reauthenticate(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = ReauthenticateForm(request, user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return TemplateResponse(request, "accounts/reauthenticate.html", {"form": form, FOLLOWING: following(request)})
    if not sessions.reauthenticated(request, user, "password"):
        raise SessionInterrupted
    return HttpResponseRedirect(onward_url(request))


reauthenticate = shows_its_form_again(sign_in_page(for_somebody(onward_url)(has_a_password(judges(_reauthenticate)))))
"""A new sign-in is as good as the password again, and leads where this page would."""
