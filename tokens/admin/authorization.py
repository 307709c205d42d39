"""What was given to clients for people, as support and auditors look at it. Nothing here is edited by hand."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from django.conf import settings
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
from tokens.protocol import journal, kept, records
from tokens.protocol.journal import Cause
from tokens.stores import store
from tokens.stores.orm.clients import record_of as client_of
from tokens.stores.orm.rows import record_of

Suspension = Literal["scope", "groups"]
"""Why no token is worth anything, though nothing was ended: what the client was changed to, or the person's groups."""

STATES: Mapping[Cause | Suspension | None, str | Promise] = {
    None: _("in force"),
    "scope": _("suspended: the client may have nothing any more of what was allowed"),
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
    part = "authorizations"
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
    suspended = _suspended([row for row in shown if row.pk not in causes])
    for row in shown:
        row.cause = causes.get(row.pk) or suspended.get(row.pk)


def _clients(client_ids: Collection[str]) -> Mapping[str, records.Client]:
    """Those that there are."""
    if "clients" in store().in_tables:
        return {client.pk: client_of(client) for client in Client.objects.filter(pk__in=client_ids)}
    held = (store().clients.get(client_id) for client_id in client_ids)
    return {client.client_id: client for client in held if client is not None}


def _suspended(rows: Sequence[Any]) -> Mapping[str, Suspension]:
    """By id, those that were not ended, and whose tokens are worth nothing at this moment: judged as they are."""
    clients = _clients({row.client_id for row in rows})
    # Who is deleted at this moment is none of them any more: the next look says so.
    judged = [(row, clients[row.client_id]) for row in rows if row.client_id in clients]
    for_some = {str(row.subject) for row, client in judged if client.allowed_groups}
    groups = groups_of(for_some) if for_some else {}
    suspended: dict[str, Suspension] = {}
    for row, client in judged:
        if not kept.is_left(record_of(records.Authorization, row, kept_until=None), client, settings.ISSUER):
            suspended[row.pk] = "scope"
        elif not client.is_for(groups.get(str(row.subject), ())):
            suspended[row.pk] = "groups"
    return suspended
