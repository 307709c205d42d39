"""The page that asks who is signed in for their second factor."""

from typing import cast
from urllib.parse import urlencode

from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.factors import passkeys, second
from accounts.factors.forms import RecoveryCodeForm
from accounts.factors.passkeys.relying_party import is_possible
from accounts.models import User
from accounts.pages import (
    BY_PASSKEY,
    FOLLOWING,
    OWN,
    following,
    onward_url,
    page_url,
    passkey_url,
    sign_in_page,
    sign_in_url,
)
from accounts.sign_in.throttled import refuse
from accounts.views.judging import for_somebody
from accounts.views.second_step import after_code, form_of, left_after


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def _step_up(request: HttpRequest) -> HttpResponse:
    """Who has none is led to where one is added, and goes on from there. Who has a passkey in its
    place uses that, on the page that asks again. Who proves it in a session of long ago is asked for the first factor
    as well."""
    user, goes_on = cast(User, request.user), following(request)
    query = f"?{urlencode({FOLLOWING: goes_on})}" if goes_on else ""
    if BY_PASSKEY in request.GET:
        return HttpResponseRedirect(_passkey_page(user, goes_on), status=303)
    if not second.is_enrolled(user):
        if is_possible() and passkeys.has_any(user):
            # On the way to a client a password is a no, which leads back to it; here it would lead in a circle.
            page = passkey_url(goes_on) if OWN in request.GET else sign_in_url(goes_on, reauthenticate=True)
            return HttpResponseRedirect(page, status=303)
        return HttpResponseRedirect(page_url("authenticator", goes_on), status=303)
    if _proved_it_alone(request):
        return HttpResponseRedirect(sign_in_url(goes_on, reauthenticate=True), status=303)
    form = form_of(request)(request, user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        left = left_after(user, form.method)
        if not sessions.reauthenticated(request, user, form.method):
            raise SessionInterrupted
        if _proved_it_alone(request):
            return HttpResponseRedirect(sign_in_url(goes_on, reauthenticate=True), status=303)
        onward = after_code(request, left, onward_url(request))
        return HttpResponseRedirect(onward, status=303)
    context = {
        "form": form,
        "recovery": isinstance(form, RecoveryCodeForm),
        "page": reverse("step_up") + (query or "?"),
        FOLLOWING: goes_on,
    }
    response = TemplateResponse(request, "accounts/step_up.html", context)
    if form.errors:
        refuse(request, response, form)
    return response


def _passkey_page(user: User, goes_on: str) -> str:
    """Who has one uses it, or proves what they have at hand; who has none adds one, which proves it."""
    if is_possible() and not passkeys.has_any(user):
        return page_url("offer_passkey", goes_on, **{BY_PASSKEY: "1"})
    return sign_in_url(goes_on, reauthenticate=True)


def _proved_it_alone(request: HttpRequest) -> bool:
    current = sessions.current(request)
    is_fresh = current is not None and sessions.age(request) <= sessions.RECENT
    return current is not None and is_fresh and "otp" in current.amr and "mfa" not in current.amr


step_up = sign_in_page(for_somebody(onward_url)(_step_up))
