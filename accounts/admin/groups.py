"""The admin of groups of people."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import PeopleGroup
from accounts.site.lists import beginning

MANY = 100
"""People of a group that its page shows."""


class PeopleGroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ("name", "description", "second_factor_required")
    searches = (beginning("name", str),)
    search_help_text = _("The beginning of the name, as it is written.")

    def get_readonly_fields(self, request: HttpRequest, obj: PeopleGroup | None = None) -> tuple[str, ...]:
        return () if obj is None else ("name", "people")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("people"))
    def people(self, group: PeopleGroup) -> str:
        """Some of them; who is in it is changed on a person's page."""
        names = list(group.members.order_by().values_list("username", flat=True)[: MANY + 1])
        return ", ".join(sorted(names[:MANY])) + (" …" if len(names) > MANY else "") or "-"
