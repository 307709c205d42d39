"""The page of a reset link: a new password without the old one, once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.ground import clock
from accounts.models import User
from accounts.pages import home_url, page_url
from accounts.sign_in import names, reset_links
from accounts.sign_in.forms import NewPasswordForm
from accounts.sign_in.password_queue import judges_a_password, refuse
from accounts.site.refusal_lines import give_reason, reason_of
from accounts.views import ways_in


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """Only what is posted uses the link up: who previews addresses looks at them by GET."""
    now = clock.now()
    text = (request.POST if request.method == "POST" else request.GET).get(reset_links.PARAMETER, "")
    user = reset_links.person_of(text, now)
    if user is None:
        return _over(request)
    form = NewPasswordForm(user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        give_reason(request, reason_of(form))
        status = 422 if form.is_bound else 200
        return render(request, "accounts/new_password.html", _context(form, user, text), status=status)
    user = reset_links.spend(text, form.cleaned_data["password"], now)
    return _over(request) if user is None else _done(request, user)


def _full(request: HttpRequest) -> HttpResponse:
    """Where no place to hash it comes: the link is as good as before."""
    text = request.POST.get(reset_links.PARAMETER, "")
    user = reset_links.person_of(text, clock.now())
    if user is None:
        return _over(request)
    form = NewPasswordForm(user)
    response = TemplateResponse(request, "accounts/new_password.html", _context(form, user, text))
    refuse(form, response)
    return response


judges_a_password(new_password, full=_full)


def _context(form: NewPasswordForm, user: User, text: str) -> dict[str, Any]:
    carried = {"parameter": reset_links.PARAMETER, "link": text, "action": reverse("new_password")}
    return {"form": form, "username": user.username, **ways_in.what_stays(user), **carried}


def _done(request: HttpRequest, user: User) -> HttpResponse:
    messages.success(request, _("The password is set. Sign in with it."))
    following = ways_in.after_new_password(request, "/admin/" if user.is_staff else home_url())
    # Whose link it was is known, and was shown: they need not type their name.
    sign_in = names.page_url("sign_in", user.username, following)
    # Somebody else who is signed in here would be led on in their own name.
    is_another = request.user.is_authenticated and request.user.pk != user.pk
    return HttpResponseRedirect(page_url("sign_out", sign_in) if is_another else sign_in, status=303)


def _over(request: HttpRequest) -> HttpResponse:
    give_reason(request, "reset_link_over")
    return render(request, "accounts/reset_link_over.html", status=410)
