"""What support and auditors look at: consents, authorizations and signing keys. Nothing here is edited by hand."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.site.read_only import ReadOnlyAdmin
from tokens.conf import JOURNAL_LIFETIME
from tokens.models import Authorization, Consent, Revocation, SigningKey
from tokens.protocol import journal
from tokens.stores import store


class SubjectsAdmin(ReadOnlyAdmin):
    """Rows of a person at a client: found by exactly one of their ids, which all have an index."""

    search_fields = ("subject", "client_id")
    search_help_text = _("A whole user id, client id or id of the row.")
    ordering = ("-expires",)
    own_id = "client_id"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(subject=UUID(term)), False
        except ValueError:
            return queryset.filter(Q(client_id=term) | Q(**{self.own_id: term})), False


@admin.register(Consent)
class ConsentAdmin(SubjectsAdmin):
    fields = list_display = ("subject", "scope", "granted_at", "expires", "client_id")
    own_id = "consent_id"
    actions = ("withdraw",)

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tokens.delete_consent")

    @admin.action(description=_("Withdraw the selected consents"), permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Consent]) -> None:
        """Ends what was issued on them too: the journal first, so that nothing lives without its consent."""
        for consent in queryset:
            with store().unit():
                store().journal.revoke(journal.consent(consent.consent_id), datetime.now(UTC) + JOURNAL_LIFETIME)
                store().consents.withdraw(consent.consent_id)
            self.log_change(request, consent, "Withdrawn.")
        self.message_user(request, _("Done."), messages.SUCCESS)


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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Authorization]:
        entry = Revocation.objects.filter(key=Concat(Value("authorization:"), OuterRef("id")))
        found: QuerySet[Authorization] = super().get_queryset(request).annotate(is_revoked=Exists(entry))
        return found

    @admin.display(description=_("revoked"), boolean=True)
    def revoked(self, authorization: Any) -> bool:
        found: bool = authorization.is_revoked
        return found

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


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    list_display = ("kid", "alg", "state", "since", "created")
    # Never the private half, though it is sealed.
    fields = ("kid", "alg", "state", "since", "created", "public")
    ordering = ("-created",)
