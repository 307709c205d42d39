"""What was given to clients for people, as support and auditors look at it. Nothing here is edited by hand."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.ground import clock
from tokens.admin.subjects import SubjectsAdmin
from tokens.models import Authorization
from tokens.protocol import journal
from tokens.protocol.journal import Cause
from tokens.stores import store

STATES: Mapping[Cause | None, str | Promise] = {
    None: _("in force"),
    "authorization": _("revoked"),
    "consent": _("over: the consent was withdrawn"),
    "session": _("over: the session has ended"),
    "client": _("over: the client was disabled or deleted"),
    "subject": _("over: the person changed the password, signed out everywhere, or was disabled or deleted"),
    "everything": _("over: everything from before an instant was voided"),
    "expiry": _("expired"),
}


@admin.register(Authorization)
class AuthorizationAdmin(SubjectsAdmin):
    list_display = ("subject", "scope", "auth_time", "expires", "state", "client_id", "id")
    fields = (
        "id",
        "subject",
        "client_id",
        "scope",
        "sid",
        "auth_time",
        "acr",
        "amr",
        "root_at",
        "expires",
        "state",
    )
    ordering = ("-kept_until",)
    actions = ("revoke",)
    gives_nothing: ClassVar = actions

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        page = super().get_changelist_instance(request)
        _judge(page.result_list)
        return page

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        _judge([row] if row is not None else [])
        return row

    @admin.display(description=_("state"))
    def state(self, authorization: Any) -> str | Promise:
        return STATES[authorization.cause]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        # The rows are never deleted by hand: the permission that nothing else uses stands for ending them.
        return request.user.has_perm("tokens.delete_authorization")

    @admin.action(description=_("Revoke the selected authorizations"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Authorization]) -> None:
        revoked = 0
        for authorization in queryset:
            store().journal.revoke(journal.authorization(authorization.id), authorization.expires)
            self.log_change(request, authorization, "Revoked.")
            revoked += 1
        text = ngettext("%(count)d authorization was revoked.", "%(count)d authorizations were revoked.", revoked)
        self.message_user(request, text % {"count": revoked}, messages.SUCCESS)


def _judge(rows: Iterable[Any]) -> None:
    """Notes of each of them what a request would meet that shows a token of it. One statement."""
    shown = list(rows)
    causes = store().authorizations.causes([row.pk for row in shown], clock.now())
    for row in shown:
        row.cause = causes.get(row.pk)
