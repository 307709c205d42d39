"""The pages where people change the address of their account: the new one, and the code that proves it."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.pages import home_url
from accounts.sign_in import address_change, known_devices, mailed_codes, names
from accounts.sign_in.forms import IDENTIFIER_MAX_LENGTH, AddressForm
from accounts.site.refusal_lines import give_reason
from accounts.views import mailed_code
from accounts.views.judging import (
    for_somebody,
    fully_proven,
    judges,
    recently_proven,
    where_mail_is,
    with_what_is_required,
)


@require_http_methods(["GET", "HEAD", "POST"])
def _address(request: HttpRequest) -> HttpResponse:
    """Whatever is typed, whoever has it, leads to the page of the code."""
    user = cast(User, request.user)
    typed = names.of(request) or ("" if user.email_verified else user.email)
    is_name = user.email_key is not None and user.username_key == user.email_key
    most = User._meta.get_field("username").max_length if is_name else IDENTIFIER_MAX_LENGTH
    form = AddressForm(request.POST if request.method == "POST" else None, initial=typed, most=cast(int, most))
    if not form.is_valid():
        return TemplateResponse(request, "accounts/change_address.html", {"form": form, "moves_name": is_name})
    address = form.cleaned_data["address"]
    mailed_codes.send(address_change.asker(request, user, address))
    return HttpResponseRedirect(names.page_url("change_address_code", address, ""), status=303)


@require_http_methods(["GET", "HEAD", "POST"])
def _code(request: HttpRequest) -> HttpResponse:
    user, address = cast(User, request.user), names.of(request)
    if not address:
        # Codes are as old as the address that came with them.
        return HttpResponseRedirect(reverse("change_address"), status=303)
    asker = address_change.asker(request, user, address)
    again = names.page_url("change_address", address, "")

    def change() -> bool:
        return address_change.change(request, user, address)

    said = {"what": _("To change your e-mail address, prove the new one."), "cancel": home_url()}
    template = "accounts/address_code.html"
    try:
        is_first = mailed_code.asked_for(request, asker, template, change, address=address, again=again, **said)
    except address_change.Taken:
        give_reason(request, "address_taken")
        return TemplateResponse(request, "accounts/address_taken.html", {"address": address}, status=409)
    if isinstance(is_first, HttpResponse):
        return is_first
    # What proves it is proved anew: the change made every device unknown.
    known_devices.note_right(request)
    messages.success(request, _("Your e-mail address is changed."))
    return HttpResponseRedirect(reverse("ways_in") if is_first else home_url(), status=303)


_where_mail_is = where_mail_is("accounts/no_change_of_address.html")
_proven = for_somebody(HttpRequest.get_full_path)
address = _where_mail_is(_proven(recently_proven(fully_proven(with_what_is_required(judges(_address))))))
code = _where_mail_is(_proven(recently_proven(fully_proven(with_what_is_required(judges(_code))))))
