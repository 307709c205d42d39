"""What people allowed clients, as support and auditors look at it. Nothing here is edited by hand."""

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.site.lists import uuid, whole
from tokens.admin.subjects import SubjectsAdmin
from tokens.interaction.consents import withdraw
from tokens.models import Consent
from tokens.stores import store


@admin.register(Consent)
class ConsentAdmin(SubjectsAdmin):
    part = "consents"
    fields = list_display = ("subject", "scope", "granted_at", "expires", "client_id")
    ordering = ("-expires",)
    searches = (whole("subject", uuid, ("client_id", "id")), whole("client_id"), whole("id"))
    actions = ("withdraw",)
    gives_nothing: ClassVar = actions

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tokens.delete_consent")

    @admin.action(description=_("Withdraw the selected consents"), permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Consent]) -> None:
        """Ends what was issued on them too."""
        if self.end_each(request, queryset, _withdraw, "Withdrawn.") is not None:
            self.message_user(request, _("Done."), messages.SUCCESS)


def _withdraw(consent: Consent) -> None:
    with store().unit():
        withdraw(consent.id)
