"""The page where people sign in, and the one of an account that is switched off."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.pages import FOLLOWING, following, onward_url, sign_in_page
from accounts.sign_in import names, second_step
from accounts.sign_in.forms import IdentifierForm, SignInForm
from accounts.sign_in.password_queue import shows_its_form_again
from accounts.site.refusal_lines import give_reason
from accounts.site.security_headers import keeps_opener
from accounts.views.judging import judges

ASKED = "asked"
"""The parameter by which the second page says that it asked for a password, though none may come."""


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def _sign_in(request: HttpRequest) -> HttpResponse:
    goes_on = following(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward_url(request))
    form = _form(request)
    if request.method == "POST" and not form.is_bound:
        # A page of its own, so that who comes back to it is not asked whether to send a form again.
        return HttpResponseRedirect(names.password_page_url(form.initial["login"], goes_on), status=303)
    if not isinstance(form, SignInForm) or not form.is_valid() or form.user is None:
        return TemplateResponse(request, "accounts/sign_in.html", {"form": form, FOLLOWING: goes_on})
    if not form.user.is_active:
        query = f"?{urlencode({FOLLOWING: goes_on})}" if goes_on else ""
        return HttpResponseRedirect(reverse("switched_off") + query)
    return second_step.go_on(
        request,
        form.user,
        "password",
        identifier=form.cleaned_data["login"],
        following=goes_on,
        remembered=form.cleaned_data["remember"],
    )


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


sign_in = shows_its_form_again(sign_in_page(judges(_sign_in)), when=lambda request: bool(request.POST.get("password")))
switched_off = keeps_opener(_switched_off)
