"""Logout notices: which client was told, and what became of it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.site.lists import uuid, whole
from tokens.admin.records_list import Asked
from tokens.admin.subjects import SubjectsAdmin
from tokens.models import LogoutDelivery
from tokens.stores import store
from tokens.stores.orm.rows import row_of

STATES: dict[str, tuple[str | Promise, Q]] = {
    "waiting": (_("waiting"), Q(due__isnull=False)),
    "delivered": (_("delivered"), Q(delivered_at__isnull=False)),
    "given_up": (_("given up"), Q(due=None, delivered_at=None)),
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _condition) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogoutDelivery]) -> QuerySet[LogoutDelivery]:
        state = STATES.get(self.value() or "")
        return queryset if state is None else queryset.filter(state[1])


@admin.register(LogoutDelivery)
class LogoutDeliveryAdmin(SubjectsAdmin):
    part = "outbox"
    list_display = ("state", "client_id", "attempts", "outcome", "created", "due", "delivered_at", "whole_id")
    # Whom it is about, for support. Not the session: its id is what clients are told.
    fields = ("state", "client_id", "subject", "attempts", "outcome", "created", "due", "delivered_at")
    list_filter = (StateFilter,)
    lookups = ("state",)
    searches = (whole("subject", uuid, ("-id",)), whole("client_id", order=("-id",)))
    search_help_text = _("A whole client id or user id.")
    ordering = ("-id",)
    actions = ("try_again",)
    gives_nothing: ClassVar = actions

    def found(self, asked: Asked, after: str, limit: int) -> Sequence[Any]:
        rows = [row_of(LogoutDelivery, record) for record in store().outbox.of_client(asked["q"], limit, after)]
        one = self.of_id(asked["q"]) if not rows and not after else None
        return [one] if one is not None else rows

    def what_to_search_for(self) -> str:
        return str(_("A whole client id or id of the notice."))

    def matches(self, asked: Asked, row: LogoutDelivery) -> bool:
        state = asked.get("state")
        return state not in STATES or state == _state_of(row)

    @admin.display(description=_("ID"))
    def whole_id(self, delivery: LogoutDelivery) -> str:
        return str(delivery.pk)

    @admin.display(description=_("state"))
    def state(self, delivery: LogoutDelivery) -> str | Promise:
        return STATES[_state_of(delivery)][0]

    def has_try_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tokens.change_logoutdelivery")

    @admin.action(description=_("Try the selected notices that were given up once more, now"), permissions=["try"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[LogoutDelivery]) -> None:
        reopened = 0
        for delivery in queryset:
            if store().outbox.reopen(str(delivery.pk)):
                self.log_change(request, delivery, "To be tried again.")
                reopened += 1
        text = ngettext("%(count)d notice will be tried again.", "%(count)d notices will be tried again.", reopened)
        self.message_user(request, text % {"count": reopened}, messages.SUCCESS)


def _state_of(delivery: LogoutDelivery) -> str:
    if delivery.due is not None:
        return "waiting"
    return "delivered" if delivery.delivered_at is not None else "given_up"
