"""Sign-ins in the admin: looked at, and ended."""

from collections.abc import Mapping
from typing import ClassVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import sessions
from accounts.admin.account import to_sign_in
from accounts.admin.acts import ACTS, Refused, allowed, few
from accounts.ground import clock
from accounts.models import LoginSession, Over, User
from accounts.sessions import void
from accounts.site.lists import whole
from accounts.site.read_only import ReadOnlyAdmin

VOID = _("over: everything from before an instant was voided")
STATES: Mapping[Over | None, str | Promise] = {
    None: _("in force"),
    "ended": _("over: it was ended"),
    "disabled": _("over: the person is disabled"),
    "changed": _("over: the password was changed, or the person was disabled meanwhile"),
    "expired": _("expired"),
    "idle": _("over: nobody used it for too long"),
}


def person_id(text: str) -> UUID:
    """Of the person with this id, username or e-mail address. Raises ValueError where there is none."""
    person = User.objects.by_identifier(text)
    return person.pk if person is not None else UUID(text)


class LoginSessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "device", "auth_time", "last_seen", "expires", "state", "ended_at")
    readonly_fields = ("state",)
    # By whether it has ended, not when: an address may ask for a date that no database knows.
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "remembered")
    lookups = ("ended_at__isempty", "remembered__exact")
    list_select_related = ("user",)
    ordering = ("-expires",)
    sortable_by = ("expires",)
    searches = (whole("user", person_id, ordering), whole("sid"))
    search_help_text = _("The whole username, e-mail address or id of a person, or a whole session id.")
    actions = ("end_sessions",)
    gives_nothing: ClassVar = actions

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoginSession]:
        sign_ins: QuerySet[LoginSession] = super().get_queryset(request).annotate(is_void=void.is_void("root_at"))
        return sign_ins

    @admin.display(description=_("state"))
    def state(self, login: LoginSession) -> str | Promise:
        """As a request with it is judged, which asks in its statement whether everything was voided."""
        return VOID if login.is_void else STATES[login.cause(clock.now())]  # type: ignore[attr-defined]  # annotated

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_loginsession")

    @admin.action(description=_("End the selected sessions"), permissions=["end"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> HttpResponse | None:
        """None of them where one is of somebody whose rights are more than those of who asks."""
        try:
            with transaction.atomic():
                sids = [login.sid for login in few(queryset)]
                allowed(cast(User, request.user), User.objects.filter(login_sessions__in=sids).distinct())
                ended = sum(map(sessions.end, sids))
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return None
        led = to_sign_in(request)
        if led is None:
            self.message_user(request, ACTS["end_sessions"].told(ended) % {"count": ended}, messages.SUCCESS)
        return led
