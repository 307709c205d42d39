"""The pages where people add and remove their authenticator app, and get recovery codes."""

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.factors import enrolment, recovery, second, totp
from accounts.factors.forms import CodeForm, EnrolForm
from accounts.factors.passkeys.relying_party import is_possible
from accounts.ground import clock
from accounts.models import AuthenticatorApp, User
from accounts.pages import FOLLOWING, following, onward_url, page_url, sign_in_page
from accounts.sign_in import known_devices
from accounts.sign_in.throttled import refuse
from accounts.views.judging import falls_short, for_somebody, recently_proven

SEALED = "sealed"
"""The field of the secret that is being added."""


@sensitive_post_parameters(SEALED, "code")
@require_http_methods(["GET", "HEAD", "POST"])
def _authenticator(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    app = AuthenticatorApp.objects.filter(user=user).first()
    if app is None:
        return falls_short(request) or _add(request, user)
    return _has_one(request, user, _posted(request, user)) if SEALED in request.POST else _remove(request, user, app)


@sensitive_variables("secret")
def _has_one(request: HttpRequest, user: User, secret: str) -> HttpResponse:
    """The form of a secret was sent where there is an app. If it is the form that added it, the answer with the codes
    may not have been seen, and nobody can show them a second time."""
    if totp.is_of(user, secret):
        page = "recovery_codes"
        told = _("Your authenticator app is added. If you did not keep its recovery codes, make new ones here.")
    else:
        page = "authenticator"
        told = _("You already have an authenticator app. This form added none.")
    messages.warning(request, told)
    return HttpResponseRedirect(page_url(page, following(request)), status=303)


def _posted(request: HttpRequest, user: User) -> str:
    """The secret that the form brings; empty where it is none of ours, or an old one."""
    return enrolment.secret_of(request.POST.get(SEALED, ""), user, _sid(request), clock.now())


def _sid(request: HttpRequest) -> str:
    current = sessions.current(request)
    if current is None:
        raise SessionInterrupted
    return current.sid


@sensitive_variables("secret")
def _add(request: HttpRequest, user: User) -> HttpResponse:
    secret, sealed = _posted(request, user), request.POST.get(SEALED, "")
    # A form without a secret of ours, or with an old one, gets another: its code cannot be of that.
    posted = request.POST if secret else None
    if not secret:
        secret = totp.new_secret()
        sealed = enrolment.sealed(secret, user, _sid(request), clock.now())
    form = EnrolForm(partial(totp.spend_step, secret, now=clock.now()), posted)
    if form.is_valid():
        codes = second.enrol(request, user, secret)
        if codes is None:
            return _has_one(request, user, secret)
        return _known_as_before(request, user, _shown(request, codes))
    context = {
        "form": form,
        "sealed": sealed,
        "picture": enrolment.picture(secret, user),
        "secret": enrolment.in_groups(secret),
        "uri": totp.uri(secret, user),
        "required": sessions.lacks_second_factor(request),
        "passkey_page": page_url("offer_passkey", following(request)) if is_possible() else "",
        FOLLOWING: following(request),
    }
    return _form_page(request, "accounts/authenticator_add.html", form, context)


def _remove(request: HttpRequest, user: User, app: AuthenticatorApp) -> HttpResponse:
    """By a code of it: nobody who knows the password alone removes it."""
    form = CodeForm(request, user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        second.remove(request, user, form.method)
        messages.success(request, _("Your authenticator app is removed, and its recovery codes are void."))
        return _known_as_before(request, user, HttpResponseRedirect(reverse("home"), status=303))
    context = {
        "form": form,
        "app": app,
        "left": recovery.left(user),
        "required": sessions.requires_second_factor(request),
    }
    return _form_page(request, "accounts/authenticator.html", form, context)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def _recovery_codes(request: HttpRequest) -> HttpResponse:
    """How many are left, and new ones for a code."""
    user = cast(User, request.user)
    if not second.is_enrolled(user):
        return HttpResponseRedirect(reverse("authenticator"), status=303)
    form = CodeForm(request, user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _shown(request, second.renew_codes(user))
    context = {
        "form": form,
        "left": recovery.left(user),
        "many": recovery.MANY,
        "onward": onward_url(request),
        FOLLOWING: following(request),
    }
    return _form_page(request, "accounts/recovery_codes.html", form, context)


@sensitive_variables("codes")
def _shown(request: HttpRequest, codes: Sequence[str]) -> HttpResponse:
    """In the answer itself: they are kept nowhere."""
    context = {"codes": codes, "onward": onward_url(request)}
    return TemplateResponse(request, "accounts/recovery_codes_shown.html", context)


def _known_as_before(request: HttpRequest, user: User, response: HttpResponse) -> HttpResponse:
    """What the browser is known by went with the change that was made in it: its next sign-in is on no new device."""
    known_devices.remember(request, response, user)
    return response


def _form_page(request: HttpRequest, template: str, form: Any, context: dict[str, Any]) -> HttpResponse:
    response = TemplateResponse(request, template, context)
    if form.errors:
        refuse(request, response, form)
    return response


authenticator = sign_in_page(
    for_somebody(HttpRequest.get_full_path)(recently_proven(_authenticator)), stands_alone=True
)
recovery_codes = sign_in_page(
    for_somebody(HttpRequest.get_full_path)(recently_proven(_recovery_codes)), stands_alone=True
)
