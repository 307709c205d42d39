"""The page that asks who is signed in to prove it again."""

from typing import Any, cast

from django.contrib.sessions.exceptions import SessionInterrupted
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.factors import passkeys
from accounts.models import User
from accounts.pages import BY_PASSKEY, FOLLOWING, following, onward_url, sign_in_page
from accounts.sign_in.forms import ReauthenticateForm
from accounts.sign_in.password_queue import shows_its_form_again
from accounts.site.refusal_lines import give_reason
from accounts.views import by_passkey
from accounts.views.judging import for_somebody, judges


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def _reauthenticate(request: HttpRequest) -> HttpResponse:
    """By the password or a passkey, whatever of them the person has."""
    user = cast(User, request.user)
    if by_passkey.was_sent(request):
        proved = by_passkey.prover(request, lambda: _form(request, user))
        form, method = (None if isinstance(proved, User) else proved), "passkey"
    else:
        form, method = _form(request, user, request.POST if request.method == "POST" else None), "password"
    if form is not None and not form.is_valid():
        return _shown(request, user, form)
    if not sessions.reauthenticated(request, user, method):
        raise SessionInterrupted
    return HttpResponseRedirect(onward_url(request), status=303)


def _form(request: HttpRequest, user: User, typed: Any = None) -> Form:
    """Without a field for who has no password. Whatever they post, an empty form would take it: it is never bound."""
    takes_a_password = user.has_usable_password() and BY_PASSKEY not in request.GET
    return ReauthenticateForm(request, user, typed) if takes_a_password else Form()


def _shown(request: HttpRequest, user: User, form: Form) -> HttpResponse:
    """Who has nothing to prove themselves with is told so."""
    theirs = list(passkeys.of(user.pk))
    offered = by_passkey.offered(request, theirs) if theirs else {}
    if not offered and (not user.has_usable_password() or BY_PASSKEY in request.GET):
        give_reason(request, "no_password")
        return TemplateResponse(request, "accounts/no_password.html", {FOLLOWING: following(request)}, status=409)
    context = {"form": form, FOLLOWING: following(request), **offered}
    return TemplateResponse(request, "accounts/reauthenticate.html", context)


reauthenticate = shows_its_form_again(sign_in_page(for_somebody(onward_url)(judges(_reauthenticate))))
"""A new sign-in is as good as to prove it again, and leads where this page would."""
