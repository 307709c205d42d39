"""Sign-ins in the admin: looked at, and ended."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import sessions
from accounts.models import LoginSession
from accounts.site.read_only import ReadOnlyAdmin


class LoginSessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "device", "auth_time", "last_seen", "expires", "ended_at")
    # By whether it has ended, not when: an address may ask for a date that no database knows.
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "remembered")
    lookups = ("ended_at__isempty", "remembered__exact")
    list_select_related = ("user",)
    search_fields = ("sid", "user__username_key", "user__email_key")
    actions = ("end_sessions",)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_loginsession")

    @admin.action(description=_("End the selected sessions"), permissions=["end"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[LoginSession]) -> None:
        report_ended(self, request, sum(sessions.end(sid) for sid in queryset.values_list("sid", flat=True)))


def report_ended(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, ended: int) -> None:
    text = ngettext("%(ended)d session was ended.", "%(ended)d sessions were ended.", ended)
    model_admin.message_user(request, text % {"ended": ended})
