"""The page where people sign in, and the one of an account that is switched off."""

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import sessions
from accounts.models import User
from accounts.pages import FOLLOWING, following, onward_url, page_url, sign_in_page
from accounts.sign_in import names, new_device, remembered, second_step, sign_up
from accounts.sign_in.forms import IdentifierForm, SignInForm
from accounts.sign_in.password_queue import shows_its_form_again
from accounts.site.refusal_lines import give_reason
from accounts.site.security_headers import keeps_opener
from accounts.views import by_passkey
from accounts.views.judging import judges
from accounts.views.offer_passkey import offered_on_the_way

ASKED = "asked"
"""The parameter by which the second page says that it asked for a password, though none may come."""


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def _sign_in(request: HttpRequest) -> HttpResponse:
    goes_on = following(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward_url(request))
    if remembered.FORGET in request.POST:
        response = HttpResponseRedirect(page_url("sign_in", goes_on), status=303)
        remembered.forget(response)
        return response
    if by_passkey.was_sent(request):
        return _by_passkey(request, goes_on)
    form = _form(request)
    if request.method == "POST" and not form.is_bound:
        # A page of its own, so that who comes back to it is not asked whether to send a form again.
        return HttpResponseRedirect(names.page_url("sign_in", form.initial["login"], goes_on), status=303)
    if not isinstance(form, SignInForm) or not form.is_valid() or form.user is None:
        return _shown(request, form, goes_on)
    if not form.user.is_active:
        return _to_switched_off(goes_on)
    asked = second_step.start(
        request,
        form.user,
        "password",
        identifier=form.cleaned_data["login"],
        following=goes_on,
        remembered=form.cleaned_data.get("remember", False),
    )
    return asked or HttpResponseRedirect(offered_on_the_way(request, form.user, onward_url(request)))


def _by_passkey(request: HttpRequest, goes_on: str) -> HttpResponse:
    """Whoever has it, whatever name was typed before. The page that was sent says why one was refused."""
    typed = request.POST

    def again() -> Form:
        identifier = IdentifierForm(typed)
        # It goes into the addresses of other pages: no more than their forms would take.
        name = identifier.cleaned_data["login"] if identifier.is_valid() else ""
        return SignInForm(request, login=name) if name and ASKED in typed else IdentifierForm(initial={"login": name})

    proved = by_passkey.prover(request, again)
    if not isinstance(proved, User):
        return _shown(request, proved, goes_on)
    if not proved.is_active:
        return _to_switched_off(goes_on)
    with new_device.told(request, proved):
        sessions.write(request, proved, ["passkey"], remembered=bool(typed.get("remember")))
    sessions.begun(request, proved)
    return HttpResponseRedirect(onward_url(request), status=303)


def _shown(request: HttpRequest, form: Form, goes_on: str) -> HttpResponse:
    context = {"form": form, FOLLOWING: goes_on, **by_passkey.offered(request)}
    # A field of the first form, asked for its value here, would not take the name that the client expects.
    login = (form["login"].value() or "") if isinstance(form, SignInForm) else ""
    if sign_up.is_open():
        context["sign_up"] = names.page_url("sign_up", login, goes_on)
    if isinstance(form, SignInForm):
        context["way_back"] = names.page_url("password_reset", login, goes_on)
    else:
        context["people"] = remembered.names(request)
    return TemplateResponse(request, "accounts/sign_in.html", context)


def _to_switched_off(goes_on: str) -> HttpResponse:
    return HttpResponseRedirect(page_url("switched_off", goes_on), status=303)


def _form(request: HttpRequest) -> IdentifierForm | SignInForm:
    """First who signs in; then, for every name alike, the password. Who sends both at once, as password managers do, is
    asked for neither. What the queue shows again, by GET, is the page that was sent."""
    typed, is_sent = request.POST, request.method == "POST"
    if not is_sent and not typed and (login := names.of(request)):
        return SignInForm(request, login=login)
    identifier = IdentifierForm(typed if is_sent or typed else None)
    if not identifier.is_valid():
        return identifier
    if is_sent and (ASKED in typed or typed.get("password")):
        return SignInForm(request, typed)
    return SignInForm(request, login=identifier.cleaned_data["login"])


@require_safe
def _switched_off(request: HttpRequest) -> HttpResponse:
    """A page that leads on to where the person was going, with another account."""
    give_reason(request, "switched_off")
    return TemplateResponse(request, "accounts/switched_off.html", {FOLLOWING: following(request)}, status=403)


def _brings_a_password(request: HttpRequest) -> bool:
    return bool(request.POST.get("password")) and not by_passkey.was_sent(request)


sign_in = shows_its_form_again(sign_in_page(judges(_sign_in)), when=_brings_a_password)
switched_off = keeps_opener(_switched_off)
