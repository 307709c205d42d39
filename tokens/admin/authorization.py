"""What was given to clients for people, as support and auditors look at it. Nothing here is edited by hand."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tokens.admin.subjects import SubjectsAdmin
from tokens.models import Authorization, Revocation
from tokens.protocol import journal
from tokens.stores import store


@admin.register(Authorization)
class AuthorizationAdmin(SubjectsAdmin):
    list_display = ("subject", "scope", "auth_time", "expires", "revoked", "client_id", "id")
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
        "revoked",
    )
    own_id = "id"
    actions = ("revoke",)
    gives_nothing: ClassVar = actions

    def get_queryset(self, request: HttpRequest) -> QuerySet[Authorization]:
        entry = Revocation.objects.filter(key=Concat(Value("authorization:"), OuterRef("id")))
        authorizations: QuerySet[Authorization] = super().get_queryset(request).annotate(is_revoked=Exists(entry))
        return authorizations

    @admin.display(description=_("revoked"), boolean=True)
    def revoked(self, authorization: Any) -> bool:
        revoked: bool = authorization.is_revoked
        return revoked

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
