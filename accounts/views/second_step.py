"""The page that asks who has a second factor for it, after the first one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.factors import recovery, second
from accounts.factors.forms import AppCodeForm, CodeForm, RecoveryCodeForm
from accounts.models import User
from accounts.pages import FOLLOWING, following, home_url, onward_url, page_url, sign_in_page
from accounts.sign_in import known_devices, password_reset, remembered, second_step, unfinished
from accounts.sign_in.throttled import refuse
from accounts.site.refusal_lines import give_reason
from accounts.views.offer_passkey import offered_on_the_way

RECOVERY = "recovery"
"""The parameter of these pages by which they ask for a recovery code."""


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def _second_step(request: HttpRequest) -> HttpResponse:
    waiting = unfinished.of(request)
    if waiting is None:
        # Of two clicks the second one comes here.
        is_done = request.user.is_authenticated
        return HttpResponseRedirect(onward_url(request), status=303) if is_done else _over(request)
    if password_reset.KIND in waiting.proven and not second.is_missing(waiting.user, password_reset.used(waiting)):
        # It was proven, and the browser did not learn of it: another code would be spent for nothing.
        return _to_new_password(waiting)
    typed = request.POST if request.method == "POST" else None
    # What is noted as spent by this sign-in is good for it still, where it came to nothing.
    form = form_of(request)(request, waiting.user, typed, by=waiting.record.key)
    if not form.is_valid():
        return _asked(request, form, waiting)
    if password_reset.KIND in waiting.proven:
        # It goes on with a new password; no session begins before that.
        return _to_new_password(waiting) if unfinished.prove(request, waiting, form.method) else _over(request)
    onward, left = waiting.record.following or home_url(), left_after(waiting.user, form.method)
    if left is None:
        onward = offered_on_the_way(request, waiting.user, onward)
    if not second_step.finish(request, waiting, form.method):
        return _over(request)
    onward = after_code(request, left, onward)
    response = HttpResponseRedirect(onward, status=303)
    known_devices.remember(request, response, waiting.user)
    remembered.note(request, response, waiting.user)
    return response


def left_after(user: User, method: str) -> int | None:
    """How many recovery codes are left, once one was the method. Before a session begins, or has another key: what
    fails then would lose it."""
    return recovery.left(user) if method == "recovery_code" else None


def after_code(request: HttpRequest, left: int | None, onward: str) -> str:
    """Where who has just proved a method goes on. Of recovery codes they are told how many are left; after the last
    one they come by the page that makes new ones."""
    if left == 0:
        return page_url("recovery_codes", onward)
    if left:
        told = ngettext(
            "You used a recovery code. %(left)d is left.", "You used a recovery code. %(left)d are left.", left
        )
        messages.warning(request, told % {"left": left})
    return onward


def _to_new_password(waiting: unfinished.OnItsWay) -> HttpResponse:
    onward = waiting.record.following or home_url()
    page = page_url("password_reset_new", onward, **{unfinished.PARAMETER: waiting.handle})
    return HttpResponseRedirect(page, status=303)


def form_of(request: HttpRequest) -> type[CodeForm]:
    return RecoveryCodeForm if RECOVERY in request.GET or RECOVERY in request.POST else AppCodeForm


def _asked(request: HttpRequest, form: CodeForm, waiting: unfinished.OnItsWay) -> HttpResponse:
    context = {
        "form": form,
        "parameter": unfinished.PARAMETER,
        "sign_in": waiting.handle,
        "username": waiting.user.username,
        "recovery": isinstance(form, RecoveryCodeForm),
        "page": second_step.page_url(waiting.handle, waiting.record.following),
        FOLLOWING: waiting.record.following,
    }
    response = TemplateResponse(request, "accounts/second_step.html", context)
    if form.errors:
        refuse(request, response, form)
    return response


def _over(request: HttpRequest) -> HttpResponse:
    give_reason(request, "sign_in_over")
    return TemplateResponse(request, "accounts/second_step_over.html", {FOLLOWING: following(request)}, status=410)


answer = sign_in_page(_second_step)
