"""The page of all that signs a person in, for who has just proved an address: whatever was added before stays."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from accounts.factors import passkeys, recovery
from accounts.models import AuthenticatorApp, User
from accounts.pages import onward_url, page_url, sign_in_page
from accounts.views.judging import for_somebody


def after_proof(user: User, onward: str) -> str:
    """Where who has proved their address, and set a password, goes on: by way of this page, if there is a way in that
    they need not know of. Their app they have proved."""
    return page_url("ways_in", onward) if passkeys.has_any(user) else onward


@require_safe
def _ways_in(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    app = AuthenticatorApp.objects.filter(user=user).first()
    context = {
        "has_password": user.has_usable_password(),
        "passkeys": list(passkeys.of(user.pk)),
        "app": app,
        "left": recovery.left(user) if app is not None else 0,
        "onward": onward_url(request),
    }
    return TemplateResponse(request, "accounts/ways_in.html", context)


ways_in = sign_in_page(for_somebody(HttpRequest.get_full_path)(_ways_in), stands_alone=True)
