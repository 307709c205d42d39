"""The admin of clients."""

from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from accounts.site.lists import beginning, whole
from tokens.admin import trial
from tokens.admin.client_secrets import ClientSecretsAdmin, change_url
from tokens.admin.forms import ClientForm, NewClientForm, new_client_id, new_client_page
from tokens.admin.forms.members import fieldsets
from tokens.interaction import shown_client
from tokens.models import Client, Resource
from tokens.protocol import records
from tokens.protocol.client_authentication import NONE
from tokens.protocol.records.client import PEOPLE_GRANTS
from tokens.registration import clients
from tokens.registration.kinds import KINDS, Traits, kind_of
from tokens.registration.remarks import remarks
from tokens.stores.orm.clients import record_of

PEOPLE = reduce(or_, (Q(grant_types__icontains=f'"{grant}"') for grant in PEOPLE_GRANTS))


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, kind.label) for name, kind in KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> QuerySet[Client]:
        kind = KINDS.get(self.value() or "")
        return queryset if kind is None else queryset.filter(_has(kind.traits))


@admin.register(Client)
class ClientAdmin(ClientSecretsAdmin):
    form = ClientForm
    add_form_template = "admin/tokens/client/add_form.html"
    change_form_template = "admin/tokens/client/change_form.html"
    list_display = ("client_name", "kind", "enabled", "development", "created", "client_id")
    list_filter = (KindFilter, "enabled", "development")
    searches = (whole("client_id"), beginning("name_key"))
    search_help_text = gettext_lazy("The beginning of the name, or a whole client id.")
    ordering = ("name_key", "client_id")
    actions = ("disable", "enable", "end_given")
    gives_nothing: ClassVar = ("disable", "end_given", "end_secret", "preview", "preview_consent")

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
        if obj is None:
            return self.new_fieldsets
        version = ("version",) if self.has_change_permission(request, obj) else ()
        (title, first), *others = fieldsets(record_of(obj))
        name, *more = first["fields"]
        return (
            (title, {**first, "fields": (*version, name, "client_id", "kind", *more)}),
            *others,
            (gettext_lazy("Dates"), {"fields": ("created", "updated")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> tuple[str, ...]:
        return ("client_id", "kind", "created", "updated")

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, client: Client) -> str:
        kind = kind_of(record_of(client))
        return str(KINDS[kind].label) if kind else "-"

    def get_urls(self) -> list[URLPattern]:
        return [*trial.urls(self), *super().get_urls()]

    def shown(self, client: records.Client) -> dict[str, Any]:
        url = trial.url("trial", client.client_id) if trial.can_be_tried(client) else None
        return {**super().shown(client), "trial_url": url, "logo": shown_client.of(client)["client_logo"]}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Django makes a class for each request."""
        form = super().get_form(request, obj, change=change, **options)
        form.may_see_resources = self.may_see(request, Resource)  # type: ignore[attr-defined]  # ClientForm's
        return form

    # --- A new client

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._new_client_page(request, self._new_form(request, initial={"new_client": new_client_page()}))
        client_id = new_client_id(request.POST.get("new_client", ""))
        if client_id is not None and self._is_made(client_id):
            return self._made_before(request, client_id)
        form = self._new_form(request, request.POST)
        return self._make(request, form) if form.is_valid() else self._new_client_page(request, form)

    def _new_form(self, request: HttpRequest, *data: Any, **options: Any) -> NewClientForm:
        return NewClientForm(*data, may_see_resources=self.may_see(request, Resource), **options)

    @sensitive_variables("client_secret")
    def _make(self, request: HttpRequest, form: NewClientForm) -> HttpResponse:
        try:
            with transaction.atomic():
                client_secret = clients.save(form.client)
                client = Client.objects.get(pk=form.client.client_id)
                self.log_addition(request, client, [{"added": {}}])
        except clients.Taken:
            return self._made_before(request, form.client.client_id)
        self._remark(request, form.client)
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
        if written:
            self._remark(request, form.changed)
        return written

    def _remark(self, request: HttpRequest, client: records.Client) -> None:
        for member, remark in remarks(client):
            self.message_user(request, f"{member}: {remark}", messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Client) -> None:
        clients.delete(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        for client in queryset:
            clients.delete(client.pk)

    # --- Actions

    @admin.action(description=gettext_lazy("Disable the selected clients"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        self._switch(request, queryset.filter(enabled=True), enabled=False)

    @admin.action(description=gettext_lazy("Enable the selected clients"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        self._switch(request, queryset.filter(enabled=False), enabled=True)

    @admin.action(
        description=gettext_lazy("End all that the selected clients were given up to now"), permissions=["change"]
    )
    def end_given(self, request: HttpRequest, queryset: QuerySet[Client]) -> None:
        """One entry of the journal for each client, however much that is: nothing of it is looked for."""
        for client in queryset:
            clients.void(client.pk)
            self.log_change(request, client, "Ended all that it was given.")
        self.message_user(request, _("Done."), messages.SUCCESS)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Client], *, enabled: bool) -> None:
        with transaction.atomic():
            for client in queryset:
                if clients.switch(client.pk, enabled=enabled):
                    self.log_change(request, client, [{"changed": {"fields": ["enabled"]}}])
        self.message_user(request, _("Done."), messages.SUCCESS)


def _has(traits: Traits) -> Q:
    """The clients with these traits."""
    return (
        (PEOPLE if traits.for_people else ~PEOPLE)
        & (Q(token_endpoint_auth_method=NONE) if traits.public else ~Q(token_endpoint_auth_method=NONE))
        & Q(application_type=traits.application_type)
        & (~Q(grant_types=[]) if traits.has_grants else Q(grant_types=[]))
    )
