"""The admin of groups of people."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.account import actor
from accounts.admin.acts import ACTS
from accounts.models import PeopleGroup
from accounts.site.lists import beginning

MANY = 100
"""People of a group that its page shows."""


class PeopleGroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("name", "description", "second_factor_required")
    searches = (beginning("name", str),)
    search_help_text = _("The beginning of the name, as it is written.")

    def get_readonly_fields(self, request: HttpRequest, obj: PeopleGroup | None = None) -> tuple[str, ...]:
        return (
            *(() if obj is None else ("name", "people")),
            *(() if self._may_require(request, obj) else ("second_factor_required",)),
        )

    def has_delete_permission(self, request: HttpRequest, obj: PeopleGroup | None = None) -> bool:
        """A group that requires a second factor requires none once it is gone."""
        may_go = obj is None or not obj.second_factor_required or self._may_require(request, obj)
        return super().has_delete_permission(request, obj) and may_go

    def _may_require(self, request: HttpRequest, group: PeopleGroup | None) -> bool:
        """As of a person (`UserAdmin`): by who may remove a second factor, and by nobody of a group they are in."""
        may = request.user.has_perm(ACTS["remove_factors"].permission)
        return may and (group is None or not group.members.filter(pk=actor(request).pk).exists())

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("people"))
    def people(self, group: PeopleGroup) -> str:
        """Some of them; who is in it is changed on a person's page."""
        names = list(group.members.order_by().values_list("username", flat=True)[: MANY + 1])
        return ", ".join(sorted(names[:MANY])) + (" …" if len(names) > MANY else "") or "-"
