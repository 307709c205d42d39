"""The page of a person's passkeys, with a form that adds one, and where programs are told of it."""

from typing import cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.factors import passkeys as kept
from accounts.factors.passkeys import registration
from accounts.factors.passkeys.relying_party import is_possible
from accounts.models import User
from accounts.models.passkeys import NAME_LENGTH
from accounts.profile import check_shown
from accounts.views import by_passkey
from accounts.views.judging import for_somebody, fully_proven, judges, recently_proven


class NewPasskeyForm(forms.Form):
    """What a person calls the one that is to be added; empty: it gets a number."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        required=False,
        validators=[check_shown],
        help_text=gettext_lazy("Such as the device, or the program, that will keep it."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def _passkeys(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = NewPasskeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            by_passkey.add(request, user, form.cleaned_data["name"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The passkey is added."))
            return HttpResponseRedirect(reverse("passkeys"), status=303)
    theirs = list(kept.of(user.pk))
    can_add = is_possible() and len(theirs) < kept.MOST
    context = {"form": form, "passkeys": theirs, "options": registration.offer(request, user) if can_add else ""}
    return TemplateResponse(request, "accounts/passkeys.html", context)


@require_safe
def well_known(request: HttpRequest) -> HttpResponse:
    """Where programs that keep passkeys lead people (W3C, A Well-Known URL for Relying Party Passkey Endpoints §4)."""
    page = settings.ISSUER + reverse("passkeys")
    told = {"enroll": page, "manage": page} if is_possible() else {}
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


passkeys = for_somebody(HttpRequest.get_full_path)(recently_proven(fully_proven(judges(_passkeys))))
