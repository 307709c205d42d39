"""allauth's pages of sign-in, sign-out and passwords, with our status codes and headers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from accounts import sessions
from accounts.models import User
from accounts.pages import View, home_url, sign_in_page, sign_in_url
from accounts.sign_in import known_devices
from accounts.sign_in.password_queue import shows_its_form_again
from accounts.sign_in.throttled import refuse
from accounts.site import just_ended
from accounts.site.refusal_lines import give_reason
from accounts.site.security_headers import keeps_opener


def _judges_a_password(view: View) -> View:
    """A form that was refused says so in its status: scripts see it, and password managers do not save what failed.
    Where the password was right, the browser is known from then on."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if form is not None and form.errors:
            refuse(request, response, form)
        elif known_devices.was_right(request) and isinstance(request.user, User):
            known_devices.remember(request, response, request.user)
        return response

    return answer


def _has_a_password(view: View) -> View:
    """Whoever signed in by other means, or whose password was taken away since, is told so: there is none to judge."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User) or request.user.has_usable_password():
            return view(request, *args, **kwargs)
        give_reason(request, "no_password")
        context = {"next": request.POST.get("next") or request.GET.get("next")}
        return TemplateResponse(request, "accounts/no_password.html", context, status=409)

    return answer


def _for_somebody(view: View, following: Callable[[HttpRequest], str]) -> View:
    """Whoever is nobody, or is it by now, signs in and goes on to `following`; who was somebody is told so."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        over = sessions.is_over(request)
        return HttpResponseRedirect(sign_in_url(following(request), reauthenticate=False, over=over))

    return answer


def _same_page(request: HttpRequest) -> str:
    return request.path


def _following(request: HttpRequest) -> str:
    """Where the page leads: a new sign-in is as good as the password again."""
    return request.POST.get("next") or request.GET.get("next") or home_url()


def _notes_what_ended(view: View) -> View:
    """So that the page which comes next can say what the sign-out reached."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        current = sessions.current(request) if request.method == "POST" else None
        response = view(request, *args, **kwargs)
        if current is not None:
            just_ended.note(response, current.sid)
        return response

    return answer


login = shows_its_form_again(sign_in_page(_judges_a_password(views.login)))
logout: View = keeps_opener(_notes_what_ended(views.logout))
inactive: View = keeps_opener(views.account_inactive)
reauthenticate = shows_its_form_again(
    sign_in_page(_for_somebody(_has_a_password(_judges_a_password(views.reauthenticate)), _following))
)
password_change: View = shows_its_form_again(
    _for_somebody(_has_a_password(_judges_a_password(views.password_change)), _same_page)
)
