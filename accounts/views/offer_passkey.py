"""The page that offers who signed in by password a passkey, once in a browser; and to which leads what asks for one."""

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.factors import passkeys
from accounts.factors.passkeys import registration
from accounts.factors.passkeys.relying_party import is_possible
from accounts.models import User
from accounts.pages import BY_PASSKEY, FOLLOWING, following, onward_url, page_url, sign_in_page
from accounts.views import by_passkey
from accounts.views.judging import for_somebody, fully_proven, judges, recently_proven

COOKIE = f"{settings.COOKIE_PREFIX}passkey_offered"
"""Says that it was, and nothing of whom."""
KEPT = timedelta(days=365)
HERE = "passkeys_here"
"""The parameter by which the page that asks for a password says that the device can keep passkeys."""


def offered_on_the_way(request: HttpRequest, user: User, onward: str) -> str:
    """Where who has just signed in by password, and by their app, goes on: by way of the offer, if it was never made in
    this browser, and they have no passkey. One query, and none where the device keeps none."""
    if not request.POST.get(HERE) or COOKIE in request.COOKIES or not is_possible() or passkeys.has_any(user):
        return onward
    return page_url("offer_passkey", onward)


@require_http_methods(["GET", "HEAD", "POST"])
def _offer_passkey(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = Form()
    if by_passkey.was_sent(request):
        try:
            by_passkey.add(request, user)
        except ValidationError as error:
            form = by_passkey.refused(form, error)
        else:
            messages.success(request, _("The passkey is added."))
            return HttpResponseRedirect(onward_url(request), status=303)
    is_asked = BY_PASSKEY in request.GET or BY_PASSKEY in request.POST
    context = {"form": form, FOLLOWING: following(request), "onward": onward_url(request), "is_asked": is_asked}
    response = TemplateResponse(
        request, "accounts/offer_passkey.html", {**context, "options": registration.offer(request, user)}
    )
    response.set_cookie(COOKIE, "1", max_age=KEPT, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
    return response


offer_passkey = sign_in_page(for_somebody(onward_url)(recently_proven(fully_proven(judges(_offer_passkey)))))
