"""The pages by which a person gets back in: who they are, the code that was mailed, the new password."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.factors import second
from accounts.pages import FOLLOWING, following, home_url, onward_url, page_url, sign_in_page
from accounts.sign_in import mailed_codes, names, password_reset, second_step, unfinished
from accounts.sign_in.forms import IdentifierForm, NewPasswordForm
from accounts.sign_in.password_queue import judges_a_password
from accounts.sign_in.unfinished import OnItsWay
from accounts.site.refusal_lines import give_reason
from accounts.views import mailed_code, ways_in
from accounts.views.judging import judges, where_mail_is
from accounts.views.not_looked_at import shown_again


@require_http_methods(["GET", "HEAD", "POST"])
def _name(request: HttpRequest) -> HttpResponse:
    """Whoever asks, and for whomever, is led to the page of the code."""
    form = IdentifierForm(request.POST if request.method == "POST" else None, initial={"login": names.of(request)})
    goes_on = following(request)
    if not form.is_valid():
        return TemplateResponse(request, "accounts/password_reset.html", {"form": form, FOLLOWING: goes_on})
    login = form.cleaned_data["login"]
    mailed_codes.send(password_reset.asker(request, login))
    return HttpResponseRedirect(names.page_url("password_reset_code", login, goes_on), status=303)


@require_http_methods(["GET", "HEAD", "POST"])
def _code(request: HttpRequest) -> HttpResponse:
    login, goes_on = names.of(request), following(request)
    if not login:
        # Codes are as old as the name that came with them.
        return HttpResponseRedirect(page_url("password_reset", goes_on))
    asker = password_reset.asker(request, login)
    again = names.page_url("password_reset", login, goes_on)
    template = "accounts/password_reset_code.html"
    handle = mailed_code.asked_for(
        request, asker, template, lambda: password_reset.begin(asker, goes_on), login=login, again=again
    )
    if isinstance(handle, HttpResponse):
        return handle
    new_password = page_url("password_reset_new", goes_on, **{unfinished.PARAMETER: handle})
    return HttpResponseRedirect(new_password, status=303)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def _new_password(request: HttpRequest) -> HttpResponse:
    on_its_way = password_reset.of(request)
    if on_its_way is None:
        return _over(request)
    if second.is_missing(on_its_way.user, password_reset.used(on_its_way)):
        # Before a password is typed, and here: whatever page was left out, none is set without.
        return HttpResponseRedirect(second_step.page_url(on_its_way.handle, following(request)), status=303)
    form = NewPasswordForm(on_its_way.user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, form, on_its_way)
    if not password_reset.set_password(request, on_its_way, form.cleaned_data["password"]):
        return _over(request)
    onward = ways_in.after_new_password(request, on_its_way.record.following or onward_url(request))
    if onward == home_url():
        # Nobody else says it; on the way to an application the next page of ours may be one of another day.
        messages.success(request, _("Your password is changed."))
    return HttpResponseRedirect(onward, status=303)


def _page(request: HttpRequest, form: NewPasswordForm, on_its_way: OnItsWay) -> HttpResponse:
    carried = {
        "parameter": unfinished.PARAMETER,
        "link": on_its_way.handle,
        "action": page_url("password_reset_new", following(request)),
    }
    said = {"form": form, "username": on_its_way.user.username, **ways_in.what_stays(on_its_way.user), **carried}
    return TemplateResponse(request, "accounts/new_password.html", said)


def _over(request: HttpRequest) -> HttpResponse:
    give_reason(request, "password_reset_over")
    return TemplateResponse(request, "accounts/password_reset_over.html", {FOLLOWING: following(request)}, status=410)


_where_mail_is = where_mail_is("accounts/no_reset.html")
reset = sign_in_page(_where_mail_is(judges(_name)))
code = sign_in_page(_where_mail_is(judges(_code)))
new = judges_a_password(sign_in_page(judges(_new_password)), full=shown_again(password_reset.of, _page, _over))
