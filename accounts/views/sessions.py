"""The page of where a person is signed in, on which they end what they do not want."""

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from accounts import sessions as kept
from accounts.handles import handles
from accounts.models import LoginSession
from accounts.sessions.devices import named
from accounts.views.judging import for_somebody, recently_proven, with_what_is_required

MOST = 25
"""Sessions that the page shows."""
AT_ONCE = 200
"""Sessions that one request ends: each is told to the applications that were signed in with it."""
END, OTHERS = "end", "others"
"""The parameters that name a session to end, and say that all others are meant."""
WAYS: Mapping[str, str | Promise] = {
    "password": gettext_lazy("password"),
    "totp": gettext_lazy("authenticator app"),
    "recovery_code": gettext_lazy("recovery code"),
    "passkey": gettext_lazy("passkey"),
}
"""What a person proved themselves with, in words."""


@require_http_methods(["GET", "HEAD", "POST"])
def _sessions(request: HttpRequest) -> HttpResponse:
    here = kept.here(request)
    if here is None:
        raise SessionInterrupted
    if OTHERS in request.POST:
        return _others_ended(request, here)
    if request.method == "POST":
        return _ended(request, here, request.POST.get(END, ""))
    found = kept.living(str(here.user_id), here.sid, MOST)
    context = {
        "shown": [_shown(login) for login in (here, *found[: MOST - 1])],
        "more": len(found) == MOST,
    }
    return TemplateResponse(request, "accounts/sessions.html", context)


def _shown(login: LoginSession) -> Mapping[str, object]:
    ways = [str(WAYS[way]) for way in login.methods if way in WAYS]
    return {"login": login, "device": named(login.device), "ways": _(", ").join(ways)}


def _ended(request: HttpRequest, here: LoginSession, sid: str) -> HttpResponse:
    """One that is over already is over. The own one has a page that says what it ends."""
    # Not every text can be asked of a database.
    if handles().key_of(sid) is None or not kept.sign_ins().is_of(sid, str(here.user_id)):
        raise Http404
    if sid == here.sid:
        return HttpResponseRedirect(reverse("sign_out"), status=303)
    kept.end(sid)
    messages.success(request, _("That sign-in is over."))
    return HttpResponseRedirect(reverse("sessions"), status=303)


def _others_ended(request: HttpRequest, here: LoginSession) -> HttpResponse:
    """As many as one request can; the page shows what is left, where there were more."""
    ended = sum(kept.end(login.sid) for login in kept.living(str(here.user_id), here.sid, AT_ONCE))
    if ended:
        said = ngettext("%(count)d other sign-in is over.", "%(count)d other sign-ins are over.", ended)
        messages.success(request, said % {"count": ended})
    else:
        messages.info(request, _("You are signed in nowhere else."))
    return HttpResponseRedirect(reverse("sessions"), status=303)


sessions = for_somebody(HttpRequest.get_full_path)(recently_proven(with_what_is_required(_sessions)))
