"""The admin of clients."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from tokens.admin.client_secrets import ClientSecretsAdmin, change_url, is_recent, sign_in_again
from tokens.admin.forms import ClientForm, NewClientForm, new_client_id, new_client_page
from tokens.models import Client
from tokens.protocol.client_authentication import NONE
from tokens.protocol.client_metadata import CODE
from tokens.registration import clients

METHOD, ALG = "token_endpoint_auth_method", "id_token_signed_response_alg"
SUBJECTS_WARNING = gettext_lazy(
    "Who a person is to this client (sub). Careful: once people have signed in, a change here gives all of them "
    "another sub, and the client takes them for strangers."
)


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, kind.label) for name, kind in clients.KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> QuerySet[Client]:
        kind = clients.KINDS.get(self.value() or "")
        if kind is None:
            return queryset
        alike = queryset.filter(grant_types=list(kind.grant_types), application_type=kind.application_type)
        if kind.token_endpoint_auth_method == NONE:
            return alike.filter(token_endpoint_auth_method=NONE)
        return alike.exclude(token_endpoint_auth_method=NONE)


@admin.register(Client)
class ClientAdmin(ClientSecretsAdmin):
    form = ClientForm
    add_form_template = "admin/tokens/client/add_form.html"
    change_form_template = "admin/tokens/client/change_form.html"
    list_display = ("client_name", "kind", "enabled", "development", "created", "client_id")
    list_filter = (KindFilter, "enabled", "development")
    search_fields = ("client_name", "client_id")
    ordering = ("client_name", "client_id")
    actions = ("disable", "enable")

    new_fieldsets = (
        (None, {"fields": ("new_client", "kind", "client_name", "redirect_uris", "scope")}),
        (
            gettext_lazy("Keys instead of a secret"),
            {
                "fields": ("jwks", "jwks_uri"),
                "classes": ("collapse",),
                "description": gettext_lazy("For private_key_jwt: the client signs, and no secret is made."),
            },
        ),
        (gettext_lazy("Exceptions"), {"fields": ("skip_consent", "development")}),
    )

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the filters send: a look-up of any other column could be asked for its content bit by bit."""
        return lookup in ("kind", "enabled__exact", "development__exact")

    def get_fieldsets(self, request: HttpRequest, obj: Client | None = None) -> Any:
        version = ("version",) if self.has_change_permission(request, obj) else ()
        public = obj is None or obj.token_endpoint_auth_method == NONE
        people = obj is not None and CODE in obj.grant_types
        return (
            (None, {"fields": (*version, "client_name", "client_id", "kind", "enabled")}),
            (gettext_lazy("Requests"), {"fields": _requests(people=people)}),
            *(() if public else [AUTHENTICATION]),
            *(PEOPLE if people else ()),
            (gettext_lazy("Exceptions"), {"fields": ("skip_consent", "development")}),
            (gettext_lazy("Dates"), {"fields": ("created", "updated")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> tuple[str, ...]:
        return ("client_id", "kind", "created", "updated")

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, client: Client) -> str:
        kind = clients.kind_of(clients.record(client))
        return str(clients.KINDS[kind].label) if kind else "-"

    # --- A new client

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if not is_recent(request):
            return sign_in_again(request, request.path)
        if request.method != "POST":
            return self._new_client_page(request, NewClientForm(initial={"new_client": new_client_page()}))
        made = new_client_id(request.POST.get("new_client", ""))
        if made is not None and self._is_made(made):
            return self._made_before(request, made)
        form = NewClientForm(request.POST)
        return self._make(request, form) if form.is_valid() else self._new_client_page(request, form)

    @sensitive_variables("client_secret")
    def _make(self, request: HttpRequest, form: NewClientForm) -> HttpResponse:
        try:
            with transaction.atomic():
                client_secret = clients.save(form.client)
                client = Client.objects.get(pk=form.client.client_id)
                self.log_addition(request, client, [{"added": {}}])
        except IntegrityError:
            return self._made_before(request, form.client.client_id)
        if client_secret is None:
            self.message_user(request, _("The client was made. It has no secret."), messages.SUCCESS)
            return HttpResponseRedirect(change_url(client.pk))
        return self.secret_page(request, client, client_secret, _("The client was made"))

    def _is_made(self, client_id: str) -> bool:
        return Client.objects.filter(pk=client_id).exists()

    def _made_before(self, request: HttpRequest, client_id: str) -> HttpResponse:
        text = _("This client was made by the same page before; its secret is not shown again. You can add a new one.")
        self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(change_url(client_id))

    def _new_client_page(self, request: HttpRequest, form: NewClientForm) -> HttpResponse:
        buttons = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return self.page(request, form, self.new_fieldsets, _("Add client"), context=buttons)

    # --- What ends a client ends all that it was given

    def write(self, request: HttpRequest, form: ClientForm) -> bool:
        with transaction.atomic():
            written = clients.change(form.changed, form.read)
            if written:
                self.note_change(request, form)
            return written

    def delete_model(self, request: HttpRequest, obj: Client) -> None:
        clients.void(obj.pk)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        for client in queryset:
            clients.void(client.pk)
        super().delete_queryset(request, queryset)

    # --- Actions

    @admin.action(description=gettext_lazy("Disable the selected clients"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        self._switch(request, queryset.filter(enabled=True), enabled=False)

    @admin.action(description=gettext_lazy("Enable the selected clients"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        self._switch(request, queryset.filter(enabled=False), enabled=True)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Client], *, enabled: bool) -> None:
        with transaction.atomic():
            for client in queryset:
                client.enabled = enabled
                client.save(update_fields=["enabled", "updated"])
                if not enabled:
                    clients.void(client.pk)
                self.log_change(request, client, [{"changed": {"fields": ["enabled"]}}])
        self.message_user(request, _("Done."), messages.SUCCESS)


def _requests(*, people: bool) -> tuple[str, ...]:
    uris = ("redirect_uris", "post_logout_redirect_uris") if people else ()
    return (*uris, "scope", "default_resource")


AUTHENTICATION = (
    gettext_lazy("Authentication"),
    {"fields": (METHOD, "jwks", "jwks_uri", "token_endpoint_auth_signing_alg")},
)
PEOPLE = (
    (
        gettext_lazy("Tokens"),
        {
            "fields": (ALG, "userinfo_signed_response_alg", "default_max_age", "rotate_refresh_tokens"),
            "classes": ("collapse",),
        },
    ),
    (
        gettext_lazy("Logout notices"),
        {
            "fields": ("backchannel_logout_uri", "backchannel_logout_session_required"),
            "classes": ("collapse",),
        },
    ),
    (
        gettext_lazy("Subjects"),
        {
            "fields": ("subject_type", "sector_identifier_uri"),
            "classes": ("collapse",),
            "description": SUBJECTS_WARNING,
        },
    ),
    (
        gettext_lazy("Shown to people"),
        {"fields": ("client_uri", "logo_uri", "policy_uri", "tos_uri"), "classes": ("collapse",)},
    ),
)
"""Only of clients where people sign in."""
