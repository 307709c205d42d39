"""What was given to clients for people, as support and auditors look at it. Nothing here is edited by hand."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.claims import groups_of
from accounts.ground import clock
from tokens.admin.subjects import SubjectsAdmin
from tokens.models import Authorization, Client
from tokens.protocol import journal
from tokens.protocol.journal import Cause
from tokens.stores import store

STATES: Mapping[Cause | Literal["groups"] | None, str | Promise] = {
    None: _("in force"),
    "groups": _("suspended: the person is in none of the groups that may use the client"),
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
        revoked = self.end_each(request, queryset, _revoke, "Revoked.")
        if revoked is None:
            return
        text = ngettext("%(count)d authorization was revoked.", "%(count)d authorizations were revoked.", revoked)
        self.message_user(request, text % {"count": revoked}, messages.SUCCESS)


def _revoke(authorization: Authorization) -> None:
    store().journal.revoke(journal.authorization(authorization.id), authorization.expires)


def _judge(rows: Iterable[Any]) -> None:
    """Notes of each of them what a request would meet that shows a token of it. Two statements, and one more where a
    client is for some groups alone."""
    shown = list(rows)
    causes = store().authorizations.causes([row.pk for row in shown], clock.now())
    excluded = _excluded([row for row in shown if row.pk not in causes])
    for row in shown:
        row.cause = "groups" if row.pk in excluded else causes.get(row.pk)


def _excluded(rows: Sequence[Any]) -> Collection[str]:
    """The ids of those whose person may not use their client at this moment."""
    clients = Client.objects.filter(pk__in={row.client_id for row in rows}).values_list("pk", "metadata")
    allowed = {pk: frozenset(metadata.get("allowed_groups", ())) for pk, metadata in clients}
    judged = [row for row in rows if allowed.get(row.client_id)]
    groups = groups_of({str(row.subject) for row in judged}) if judged else {}
    return {row.pk for row in judged if allowed[row.client_id].isdisjoint(groups.get(str(row.subject), ()))}
