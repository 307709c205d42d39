"""The pages where people make an account for themselves: their address, the code that was mailed there or an
invitation, then a password or a passkey."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.conf import conf, mail_conf
from accounts.factors.passkeys import FIELD, registration
from accounts.factors.passkeys.relying_party import is_possible
from accounts.pages import FOLLOWING, View, following, onward_url, page_url, sign_in_page
from accounts.sign_in import invitations, mailed_codes, names, sign_up, unfinished
from accounts.sign_in.forms import AddressForm, NewAccountForm
from accounts.sign_in.password_queue import judges_a_password
from accounts.sign_in.unfinished import OnItsWay
from accounts.site.refusal_lines import give_reason
from accounts.views import by_passkey, mailed_code
from accounts.views.judging import judges
from accounts.views.not_looked_at import shown_again


def _where(is_so: Callable[[], bool]) -> Callable[[View], View]:
    """Else whoever comes here is told whom to ask."""

    def decorated(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest) -> HttpResponseBase:
            if is_so():
                return view(request)
            give_reason(request, f"sign_up_{conf().sign_up}")
            said = {
                "support": mail_conf().support,
                "by_invitation": sign_up.is_offered(),
                "was_invited": invitations.PARAMETER in request.GET or invitations.PARAMETER in request.POST,
                FOLLOWING: following(request),
            }
            return TemplateResponse(request, "accounts/no_sign_up.html", said, status=403)

        return answer

    return decorated


@require_http_methods(["GET", "HEAD", "POST"])
def _address(request: HttpRequest) -> HttpResponse:
    """Whatever is typed, whoever has it, leads to the page of the code."""
    goes_on, typed = following(request), request.POST if request.method == "POST" else None
    form = AddressForm(typed, initial=names.of(request), most=sign_up.MOST)
    if not form.is_valid():
        return TemplateResponse(request, "accounts/sign_up.html", {"form": form, FOLLOWING: goes_on})
    address = form.cleaned_data["address"]
    mailed_codes.send(sign_up.asker(request, address))
    return HttpResponseRedirect(names.page_url("sign_up_code", address, goes_on), status=303)


@require_http_methods(["GET", "HEAD", "POST"])
def _code(request: HttpRequest) -> HttpResponse:
    address, goes_on = names.of(request), following(request)
    if not address:
        # Codes are as old as the address that came with them.
        return HttpResponseRedirect(page_url("sign_up", goes_on), status=303)
    asker = sign_up.asker(request, address)
    again = names.page_url("sign_up", address, goes_on)

    def begin() -> str:
        return sign_up.begin(request, address, sign_up.KIND, goes_on)

    said = {"what": _("To create your account, prove your address."), "address": address, "again": again}
    handle = mailed_code.asked_for(request, asker, "accounts/address_code.html", begin, **said)
    return handle if isinstance(handle, HttpResponse) else _to_new(handle, goes_on)


@require_http_methods(["GET", "HEAD", "POST"])
def _invited(request: HttpRequest) -> HttpResponse:
    """Only what is posted begins anything: who previews addresses looks at them by GET."""
    text = (request.POST if request.method == "POST" else request.GET).get(invitations.PARAMETER, "")
    invitation = invitations.read(text)
    if invitation is None:
        return _over(request)
    if sign_up.owner_of(invitation.address) is not None:
        return _taken(request, invitation.address)
    if request.method == "POST":
        return _to_new(sign_up.begin(request, invitation.address, invitation.proof, ""), "")
    said = {"address": invitation.address, "parameter": invitations.PARAMETER, "invitation": text}
    return TemplateResponse(request, "accounts/sign_up_invited.html", said)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def _new(request: HttpRequest) -> HttpResponse:
    on_its_way = sign_up.of(request)
    if on_its_way is None:
        return _over(request)
    user, is_passkey = on_its_way.user, by_passkey.was_sent(request)
    form = NewAccountForm(user, request.POST if request.method == "POST" else None, by_passkey=is_passkey)
    if not form.is_valid():
        return _page(request, form, on_its_way)
    try:
        passkey = registration.made(request, user, request.POST[FIELD]) if is_passkey else None
        sign_up.make(request, on_its_way, passkey or form.cleaned_data["password"])
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, form, on_its_way)
    except sign_up.Over:
        return _over(request)
    except sign_up.Taken:
        return _taken(request, user.email)
    messages.success(request, _("Your account is made."))
    return HttpResponseRedirect(on_its_way.record.following or onward_url(request), status=303)


def _page(request: HttpRequest, form: Form, on_its_way: OnItsWay) -> HttpResponse:
    said: dict[str, Any] = {
        "form": form,
        "address": on_its_way.user.email,
        "parameter": unfinished.PARAMETER,
        "handle": on_its_way.handle,
        "action": page_url("sign_up_new", following(request)),
        "options": registration.offer(request, on_its_way.user) if is_possible() else "",
    }
    return TemplateResponse(request, "accounts/sign_up_new.html", said)


def _to_new(handle: str, goes_on: str) -> HttpResponse:
    return HttpResponseRedirect(page_url("sign_up_new", goes_on, **{unfinished.PARAMETER: handle}), status=303)


def _over(request: HttpRequest) -> HttpResponse:
    give_reason(request, "sign_up_over")
    said = {FOLLOWING: following(request), "is_open": sign_up.is_open()}
    return TemplateResponse(request, "accounts/sign_up_over.html", said, status=410)


def _taken(request: HttpRequest, address: str) -> HttpResponse:
    give_reason(request, "address_taken")
    said = {FOLLOWING: following(request), "address": address}
    return TemplateResponse(request, "accounts/sign_up_taken.html", said, status=409)


_where_open, _where_offered = _where(sign_up.is_open), _where(sign_up.is_offered)
address = sign_in_page(_where_open(judges(_address)))
code = sign_in_page(_where_open(judges(_code)))
invited = _where_offered(_invited)
new = judges_a_password(
    sign_in_page(_where_offered(judges(_new))), full=shown_again(sign_up.of, _page, _over, NewAccountForm)
)
