"""allauth's pages of sign-in, sign-out and passwords, with our status codes and headers."""

from functools import wraps
from typing import Any

from allauth.account import views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.pages import View, sign_in_page
from accounts.sign_in.adapter import THROTTLED
from accounts.site.refusal_lines import give_reason, reason_of
from accounts.site.security_headers import keeps_opener


def _refusals_have_a_status(view: View) -> View:
    """A form that was refused says so in its status: scripts see it, and password managers do not save what failed."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if form is not None and form.errors:
            throttled = any(form.has_error("__all__", code) for code in THROTTLED)
            response.status_code = 429 if throttled else 422
            give_reason(request, reason_of(form))
        return response

    return answer


login = sign_in_page(_refusals_have_a_status(views.login))
logout: View = keeps_opener(views.logout)
inactive: View = keeps_opener(views.account_inactive)
reauthenticate = sign_in_page(_refusals_have_a_status(views.reauthenticate))
password_change: View = login_required(_refusals_have_a_status(views.password_change))
