"""What the pages have in common that judge a password."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from accounts import mail, sessions
from accounts.conf import mail_conf
from accounts.factors import passkeys, second
from accounts.factors.passkeys.relying_party import is_possible
from accounts.models import User
from accounts.pages import FOLLOWING, View, following, passkey_url, sign_in_url, step_up_url
from accounts.sign_in import known_devices, remembered
from accounts.sign_in.throttled import refuse
from accounts.site.refusal_lines import give_reason


def judges(view: View) -> View:
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
            remembered.note(request, response, request.user)
        return response

    return answer


def where_mail_is(template: str) -> Callable[[View], View]:
    """Else whoever comes here is told whom to ask, by the template."""

    def decorated(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if mail.offered():
                return view(request, *args, **kwargs)
            said = {"support": mail_conf().support, FOLLOWING: following(request)}
            return TemplateResponse(request, template, said)

        return answer

    return decorated


def has_a_password(view: View) -> View:
    """Whoever signed in by other means, or whose password was taken away since, is told so: there is none to judge."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User) or request.user.has_usable_password():
            return view(request, *args, **kwargs)
        give_reason(request, "no_password")
        return TemplateResponse(request, "accounts/no_password.html", {"next": following(request)}, status=409)

    return answer


def recently_proven(view: View) -> View:
    """For a page that changes what a person signs in with. Who proved a while ago who they are does so again, and comes
    back; what was posted is not done. It stands within `for_somebody`."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if sessions.age(request) <= sessions.RECENT:
            return view(request, *args, **kwargs)
        return HttpResponseRedirect(sign_in_url(request.get_full_path(), reauthenticate=True), status=303)

    return answer


def fully_proven(view: View) -> View:
    """For a page that changes what proves more than a password: who has more proves it first, so that a password or a
    mailbox alone removes no factor and adds none beside it. It stands within `recently_proven`."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return falls_short(request) or view(request, *args, **kwargs)

    return answer


def with_what_is_required(view: View) -> View:
    """For a page that changes the account beyond its factors: whoever lacks a second factor that is required of them
    adds it first. It stands within `fully_proven`."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if sessions.lacks_second_factor(request):
            return HttpResponseRedirect(step_up_url(request.get_full_path(), own=True), status=303)
        return view(request, *args, **kwargs)

    return answer


def falls_short(request: HttpRequest) -> HttpResponseRedirect | None:
    """Where who is signed in has more to prove themselves with than they used: the page that asks for it."""
    user = request.user
    if not isinstance(user, User) or sessions.is_of_several(request):
        return None
    page = proving_more(user)
    return HttpResponseRedirect(page(request.get_full_path()), status=303) if page is not None else None


def proving_more(user: User) -> Callable[[str], str] | None:
    """The address of the page that asks the person for more than a password, by where they go on from there; None where
    they have nothing more."""
    if second.is_enrolled(user):
        return step_up_url
    return passkey_url if is_possible() and passkeys.has_any(user) else None


def for_somebody(goes_on: Callable[[HttpRequest], str]) -> Callable[[View], View]:
    """Whoever is nobody, or is it by now, signs in and goes on to what `goes_on` says; who was somebody is told so."""

    def decorated(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            over = sessions.is_over(request)
            return HttpResponseRedirect(sign_in_url(goes_on(request), reauthenticate=False, over=over))

        return answer

    return decorated
