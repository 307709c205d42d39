"""The page where people change their own password."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.pages import home_url
from accounts.sign_in import password_change
from accounts.sign_in.forms import ChangePasswordForm
from accounts.sign_in.password_queue import shows_its_form_again
from accounts.views.judging import for_somebody, has_a_password, judges


@sensitive_post_parameters("current_password", "new_password")
@require_http_methods(["GET", "HEAD", "POST"])
def _change_password(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = ChangePasswordForm(request, user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return TemplateResponse(request, "accounts/change_password.html", {"form": form})
    password_change.change(request, user, form.cleaned_data["new_password"])
    messages.success(request, _("Your password is changed."))
    return HttpResponseRedirect(home_url())


@require_safe
def well_known(request: HttpRequest) -> HttpResponse:
    """Where password managers lead people (W3C, A Well-Known URL for Changing Passwords §3)."""
    return HttpResponseRedirect(reverse("change_password"))


def _same_page(request: HttpRequest) -> str:
    return request.path


change_password = shows_its_form_again(for_somebody(_same_page)(has_a_password(judges(_change_password))))
