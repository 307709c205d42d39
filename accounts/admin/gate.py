"""The one gate of the admin: what gives credentials, rights or addresses waits until who sends it proves again who
they are, unless they did a short while ago (ASVS 7.5.1, 7.5.3).

Everything that is sent is such a thing, but for what its ModelAdmin names in `gives_nothing`: a new page or action is
behind the gate until somebody thinks about it. A remembered session does not even look by itself.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import sessions
from accounts.conf import conf, issuer_host
from accounts.factors import passkeys, second
from accounts.ground.hosts import is_loopback
from accounts.models import User
from accounts.pages import sign_in_url, step_up_url
from accounts.sign_in.forms import ReauthenticateForm
from accounts.sign_in.throttled import refuse
from accounts.site import kept
from accounts.views import by_passkey
from accounts.views.judging import proving_more

BEFORE = ("_add", "_delete", "_password_change")
"""How the names of pages end that are there for what they send alone: they ask before anything is typed."""
LEAVING = "logout"
PREFIX = "confirm"
"""Of the question's own field: the form that is kept with it may have one of any other name."""
PASSWORD = f"{PREFIX}-password"


def answer(site: AdminSite, request: HttpRequest) -> HttpResponse | None:
    """What is answered in place of the page, and keeps what was typed; None where the page itself may answer."""
    if not site.has_permission(request):
        return _signed_out(request)
    proves_more = _where_to_prove_more(request)
    if proves_more is not None:
        return _led_to_second_factor(request, proves_more)
    if not _is_due(site, request):
        return None
    if request.method != "POST":
        return HttpResponseRedirect(sign_in_url(request.get_full_path(), reauthenticate=True))
    return _confirm(site, request)


def table(site: AdminSite) -> Mapping[str, frozenset[str]]:
    """What gives nothing: names of URLs, and of a list those of its actions."""
    free: dict[str, frozenset[str]] = {LEAVING: frozenset()}
    for model, model_admin in site._registry.items():  # noqa: SLF001 - Django offers no other way
        prefix = f"{model._meta.app_label}_{model._meta.model_name}"
        names = frozenset(getattr(model_admin, "gives_nothing", ()))
        free |= {f"{prefix}_changelist": names, **{f"{prefix}_{name}": frozenset() for name in names}}
    return free


def _is_due(site: AdminSite, request: HttpRequest) -> bool:
    name = _name(request)
    current = sessions.current(request)
    age = sessions.age(request)
    if current is not None and current.remembered and age > _as_another() and name != LEAVING:
        return True
    if age <= sessions.RECENT:
        return False
    return not _gives_nothing(site, name, request) if request.method == "POST" else name.endswith(BEFORE)


def _gives_nothing(site: AdminSite, name: str, request: HttpRequest) -> bool:
    actions = {*request.POST.getlist("action")}
    free = table(site).get(name)
    if free is None:
        return False
    # Which of several a list takes is Django's affair: all have to be such.
    return actions <= free and bool(actions or not name.endswith("_changelist"))


def _as_another() -> timedelta:
    """How long a remembered session is worth as much as another: that one would have ended, unused for as long."""
    return timedelta(seconds=conf().session_idle)


def _where_to_prove_more(request: HttpRequest) -> Callable[[str], str] | None:
    """The page, if who is here proved one factor only. The admin needs two, but on loopback, where one only tries it.
    There they are asked of whom they are required, and of who has an app, in a remembered session, whose factors were
    proved long ago: no other session of theirs begins without it."""
    current = sessions.current(request)
    if current is None or sessions.is_of_several(request) or _name(request) == LEAVING:
        return None
    user = cast(User, request.user)
    if current.second_factor_required or not is_loopback(issuer_host()):
        return proving_more(user) or step_up_url
    return step_up_url if current.remembered and second.is_enrolled(user) else None


def _led_to_second_factor(request: HttpRequest, page: Callable[[str], str]) -> HttpResponse:
    fields = kept.typed(request)
    if not fields:
        return HttpResponseRedirect(page(request.get_full_path()))
    context = {
        "title": _("Your second factor is asked for"),
        "what": _("Nothing was done. Use your second factor, or add one, in another tab, then send this from here."),
        "button": _("Send it again"),
        "elsewhere": page(reverse("admin:index")),
        "elsewhere_text": _("To the second factor, in another tab"),
    }
    return kept.page(request, fields, 403, context)


def _name(request: HttpRequest) -> str:
    """Of the page's URL."""
    return (request.resolver_match and request.resolver_match.url_name) or ""


def _signed_out(request: HttpRequest) -> HttpResponse | None:
    """Who is signed in and may not enter is told so by the site; so is who had typed nothing."""
    fields = kept.typed(request)
    if request.user.is_authenticated or not fields:
        return None
    context = {
        "title": _("You are signed out"),
        "what": _("Nothing was done. Sign in again in another tab, then send this from here."),
        "button": _("Send it again"),
        "elsewhere": sign_in_url(reverse("admin:index"), reauthenticate=False),
        "elsewhere_text": _("Sign in, in another tab"),
    }
    return kept.page(request, fields, 403, context)


def _confirm(site: AdminSite, request: HttpRequest) -> HttpResponse | None:
    """None where the right password, or a passkey, came with the form: the page gets it as it was typed. Raises
    PermissionDenied where the sign-in ended meanwhile."""
    user = cast(User, request.user)
    if by_passkey.was_sent(request):
        proved = by_passkey.prover(request, lambda: _form(request))
        form, method = (None if isinstance(proved, User) else proved), "passkey"
    elif PASSWORD in request.POST:
        form, method = _form(request, request.POST), "password"
    else:
        return _question(request, _form(request), 403)
    if form is not None and not form.is_valid():
        response = _question(request, form, 422)
        refuse(request, response, form)
        return response
    sessions.reauthenticated(request, user, method)
    if _is_due(site, request):
        raise PermissionDenied
    fields = request.POST.copy()
    for name in (PASSWORD, passkeys.FIELD):
        fields.pop(name, None)
    request.POST = fields  # type: ignore[assignment]  # a copy of it, which may be written to
    return None


def _form(request: HttpRequest, typed: Any = None) -> Form:
    """Without a field, and never bound, for who has a passkey and no password."""
    user = cast(User, request.user)
    if not user.has_usable_password() and passkeys.has_any(user):
        return Form()
    return ReauthenticateForm(request, user, typed, prefix=PREFIX)


def _question(request: HttpRequest, form: Form, status: int) -> HttpResponse:
    theirs = list(passkeys.of(cast(User, request.user).pk))
    context = {
        "title": _("Confirm that it is you"),
        "what": _(
            "You signed in a while ago: what gives rights, keys or addresses needs a proof that it is still you."
        ),
        "button": _("Confirm"),
        "form": form,
        "username": request.user.get_username(),
        **(by_passkey.offered(request, theirs) if theirs else {}),
    }
    fields = [(name, value) for name, value in kept.typed(request) if name != passkeys.FIELD]
    return kept.page(request, fields, status, context)
