"""All that signs a person in, for who proves an address: whatever was added before stays."""

from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from accounts.factors import passkeys, recovery
from accounts.models import AuthenticatorApp, User
from accounts.pages import onward_url, page_url, sign_in_page
from accounts.views.judging import for_somebody

REMOVE = "remove"
"""The parameter of the page of a new password by which somebody says that not all of it is theirs."""


def what_stays(user: User) -> Mapping[str, Any]:
    """For templates: what signs the person in beside a password."""
    app = AuthenticatorApp.objects.filter(user=user).first()
    left = recovery.left(user) if app is not None else 0
    return {"passkeys": list(passkeys.of(user.pk)), "app": app, "left": left}


def after_new_password(request: HttpRequest, onward: str) -> str:
    """Where who has set a new password, and was shown what stays, goes on: by way of this page, if they want to."""
    return page_url("ways_in", onward) if REMOVE in request.POST else onward


@require_safe
def _ways_in(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    context = {**what_stays(user), "has_password": user.has_usable_password(), "onward": onward_url(request)}
    return TemplateResponse(request, "accounts/ways_in.html", context)


ways_in = sign_in_page(for_somebody(HttpRequest.get_full_path)(_ways_in), stands_alone=True)
