"""Mails in the admin: which wait, and which were given up and why. Nothing of what they say is there to be seen."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.mail_queue import GIVEN_UP, WAITING, Mail
from accounts.site.read_only import ReadOnlyAdmin

STATES: dict[str, tuple[str | Promise, Q]] = {
    "waiting": (_("waiting"), WAITING),
    "given_up": (_("given up"), GIVEN_UP),
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _condition) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        state = STATES.get(self.value() or "")
        return queryset if state is None else queryset.filter(state[1])


class MailAdmin(ReadOnlyAdmin):
    """What was given up is not sent again: what it said is gone."""

    list_display = ("recipient", "kind", "state", "fault", "attempts", "created", "due")
    fields = ("recipient", "kind", "language", "state", "fault", "attempts", "created", "due", "expires")
    readonly_fields = ("state",)
    list_filter = (StateFilter,)
    lookups = ("state",)
    ordering = ("-expires",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        """Without what is written for nobody, which would tell who has no account, and without what they say."""
        mails: QuerySet[Mail] = super().get_queryset(request).exclude(recipient="").defer("data")
        return mails

    @admin.display(description=_("state"))
    def state(self, mail: Mail) -> str | Promise:
        return STATES["waiting" if mail.due is not None else "given_up"][0]
