"""A person's account in the admin: what stands in the way of a sign-in, and what is done about it."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import sessions
from accounts.admin.acts import ACTS, People, Refused, allowed, perform
from accounts.admin.journal import noted
from accounts.admin.standing import standing
from accounts.ground import clock
from accounts.models import LoginSession, User
from accounts.pages import sign_in_url
from accounts.sign_in import reset_links
from accounts.signals import is_owed

OWED = gettext_lazy(
    "The store of tokens does not answer and has not heard of it yet: what applications were given goes on until it"
    " has, a few seconds after it answers again."
)
RESET = "accounts.reset_user"
"""The permission to make reset links."""


class AccountAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    actions = ("end_sessions", "disable", "enable")
    gives_nothing: ClassVar = ("end_sessions", "disable")

    def get_urls(self) -> list[URLPattern]:
        acts = [self._post(name, partial(self._act_on_one, name=name)) for name in ACTS]
        return [*acts, self._post("reset_link", self._reset_link), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shown = {**(extra_context or {}), **self._account(request, object_id)}
        return super().change_view(request, object_id, form_url, shown)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ACTS["end_sessions"].permission)

    def has_disable_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ACTS["disable"].permission)

    @admin.action(description=gettext_lazy("End the sessions of the selected users"), permissions=["end"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._act(request, "end_sessions", queryset)

    @admin.action(description=gettext_lazy("Disable the selected users"), permissions=["disable"])
    def disable(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._act(request, "disable", queryset)

    @admin.action(description=gettext_lazy("Enable the selected users"), permissions=["disable"])
    def enable(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._act(request, "enable", queryset)

    def _act_on_one(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        user = self._person(request, object_id, ACTS[name].permission)
        return self._act(request, name, [user]) or _page_of(user)

    def _act(self, request: HttpRequest, name: str, people: People) -> HttpResponse | None:
        """Where to, for who ended their own sign-in by it."""
        act = ACTS[name]

        subjects: list[str] = []

        def log(user: User) -> None:
            self.log_change(request, user, noted(act.label))
            subjects.append(str(user.pk))

        try:
            told = perform(act, actor(request), people, log)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return None
        if str(actor(request).pk) in subjects and (led := to_sign_in(request)):
            return led
        self.message_user(request, told, messages.SUCCESS)
        if is_owed(subjects):
            self.message_user(request, OWED, messages.WARNING)
        return None

    def _reset_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The link is in the answer to the POST that made it, and nowhere else."""
        user = self._person(request, object_id, RESET)
        try:
            link = self._made(request, user)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return _page_of(user)
        context = {
            **self.admin_site.each_context(request),
            "title": _("A reset link was made"),
            "opts": self.opts,
            "person": user,
            "link": link,
        }
        return TemplateResponse(request, "admin/accounts/user/reset_link.html", context)

    def _made(self, request: HttpRequest, user: User) -> str:
        with transaction.atomic():
            for row in allowed(actor(request), [user]):
                self.log_change(request, row, "Made a reset link.")
                return reset_links.make(row, clock.now())
        raise Http404

    def _account(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """What a person's page shows of their account."""
        user = super().get_object(request, unquote(object_id))
        if user is None or not self.has_view_permission(request, user):
            return {}
        allowed = [name for name, act in ACTS.items() if request.user.has_perm(act.permission)]
        buttons = {name: (ACTS[name].label, ACTS[name].ends) for name in allowed if ACTS[name].is_for(user)}
        if request.user.has_perm(RESET) and user.is_active:
            buttons["reset_link"] = (gettext_lazy("Make a reset link"), "")
        acts = [(reverse(f"admin:accounts_user_{name}", args=[user.pk]), *said) for name, said in buttons.items()]
        return {"standing": standing(user, clock.now()), "acts": acts}

    def _person(self, request: HttpRequest, object_id: str, permission: str) -> User:
        """Raises PermissionDenied and Http404."""
        if not request.user.has_perm(permission):
            raise PermissionDenied
        user: User | None = super().get_object(request, unquote(object_id))
        if user is None:
            raise Http404
        return user

    def _post(self, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
        route, name = f"<path:object_id>/{name}/", f"accounts_user_{name}"
        pattern: URLPattern = path(route, self.admin_site.admin_view(require_POST(view)), name=name)
        return pattern


def actor(request: HttpRequest) -> User:
    """Who sends it: the site lets nobody in who is not signed in."""
    return cast(User, request.user)


def to_sign_in(request: HttpRequest) -> HttpResponse | None:
    """To the sign-in page, and from there back into the admin, for whose own sign-in has just been ended; None for
    everybody else. One query: only who may have ended it comes here."""
    current = sessions.current(request)
    if current is None or LoginSession.objects.filter(sid=current.sid, ended_at=None).exists():
        return None
    sessions.sign_out(request)
    return HttpResponseRedirect(sign_in_url(reverse("admin:index"), reauthenticate=False), status=303)


def _page_of(user: User) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user.pk]))
