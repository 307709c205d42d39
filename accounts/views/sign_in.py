"""The hosted pages: home, and allauth's sign-in pages with our status codes and headers."""

from functools import wraps
from typing import Any

from allauth.account import views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.sign_in.adapter import THROTTLED
from accounts.site.security_headers import form_may_leave


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/home.html")


def _hosted(view: Any) -> Any:
    """A form that was refused says so in its status: scripts see it, and password managers do not save what failed."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if form is not None and form.errors:
            throttled = any(form.has_error("__all__", code) for code in THROTTLED)
            response.status_code = 429 if throttled else 422
        # Both lead on to the client that sent the person here.
        if view in (views.login, views.reauthenticate):
            form_may_leave(response)
        return response

    return answer


login = _hosted(views.login)
logout = views.logout
inactive = views.account_inactive
reauthenticate = _hosted(views.reauthenticate)
password_change = login_required(_hosted(views.password_change))
