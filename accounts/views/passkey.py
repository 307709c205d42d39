"""The page of one passkey: its name, and its end."""

import re
from typing import cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.factors.passkeys import changes
from accounts.models import Passkey, User
from accounts.models.passkeys import NAME_LENGTH
from accounts.profile import check_shown
from accounts.views import by_passkey
from accounts.views.judging import for_somebody, fully_proven, judges, recently_proven

REMOVE = "remove"
"""The parameter by which the page says that the passkey is to be removed."""
_KEY = re.compile("[0-9a-f]{64}")


class NameForm(forms.Form):
    """What a person calls a passkey."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH, validators=[check_shown])


@require_http_methods(["GET", "HEAD", "POST"])
def _passkey(request: HttpRequest) -> HttpResponse:
    """Named by its key in the query."""
    user = cast(User, request.user)
    key = request.GET.get("key", "")
    # Not every text can be asked of a database.
    row = Passkey.objects.filter(pk=key, user=user).first() if _KEY.fullmatch(key) else None
    if row is None:
        raise Http404
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": row.name})
    if REMOVE in request.POST:
        return _removed(request, user, row)
    if not form.is_valid():
        return _shown(request, row, form)
    changes.rename(row, form.cleaned_data["name"])
    messages.success(request, _("The passkey has another name."))
    return HttpResponseRedirect(reverse("passkeys"), status=303)


def _removed(request: HttpRequest, user: User, row: Passkey) -> HttpResponse:
    try:
        current = sessions.current(request)
        changes.remove(user, row.pk, current.sid if current is not None else None)
    except changes.LastWay as last:
        form = by_passkey.refused(NameForm(initial={"name": row.name}), ValidationError(str(last), code="last_way"))
        return _shown(request, row, form)
    messages.success(request, _("The passkey is removed. Remove it from your device as well: it is good for nothing."))
    return HttpResponseRedirect(reverse("passkeys"), status=303)


def _shown(request: HttpRequest, row: Passkey, form: forms.Form) -> HttpResponse:
    action = f"{reverse('passkey')}?{urlencode({'key': row.pk})}"
    return TemplateResponse(request, "accounts/passkey.html", {"form": form, "passkey": row, "action": action})


passkey = for_somebody(HttpRequest.get_full_path)(recently_proven(fully_proven(judges(_passkey))))
