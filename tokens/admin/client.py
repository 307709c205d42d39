"""The admin of clients. A secret is in the answer to the POST that made it, and nowhere else: not in a URL, a message,
a session or a log."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from accounts import sessions
from tokens import clients
from tokens.forms import ClientForm, NewClientForm, new_client_id, new_client_page
from tokens.models import Client, ClientSecret
from tokens.protocol.client_auth import NONE

RECENT = timedelta(minutes=15)
"""How long ago the person must have signed in, at the most, to be shown a new secret (ASVS 7.5.3)."""


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
class ClientAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    form = ClientForm
    add_form_template = "admin/tokens/client/add_form.html"
    change_form_template = "admin/tokens/client/change_form.html"
    list_display = ("client_name", "kind", "enabled", "development", "created", "client_id")
    list_filter = (KindFilter, "enabled", "development")
    search_fields = ("client_name", "client_id")
    ordering = ("client_name", "client_id")
    actions = ("disable", "enable")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False

    new_fieldsets = (
        (None, {"fields": ("new_client", "kind", "client_name", "redirect_uris", "scope")}),
        (gettext_lazy("Exceptions"), {"fields": ("skip_consent", "development")}),
    )

    class Media:
        css = {"all": ["tokens/admin.css"]}

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the filters send: a look-up of any other column could be asked for its content bit by bit."""
        return lookup in ("kind", "enabled__exact", "development__exact")

    def get_fieldsets(self, request: HttpRequest, obj: Client | None = None) -> Any:
        secret = () if obj is None or obj.token_endpoint_auth_method == NONE else ("token_endpoint_auth_method",)
        return (
            (None, {"fields": ("client_name", "client_id", "kind", "enabled")}),
            (
                gettext_lazy("Protocol"),
                {
                    "fields": (
                        "redirect_uris",
                        "post_logout_redirect_uris",
                        "scope",
                        *secret,
                        "id_token_signed_response_alg",
                    )
                },
            ),
            (gettext_lazy("Exceptions"), {"fields": ("skip_consent", "development")}),
            (gettext_lazy("Shown to people"), {"fields": ("client_uri", "logo_uri", "policy_uri", "tos_uri")}),
            (gettext_lazy("Dates"), {"fields": ("created", "updated")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> tuple[str, ...]:
        fixed = ("client_id", "kind", "created", "updated")
        public = obj is not None and obj.token_endpoint_auth_method == NONE
        return (*fixed, "token_endpoint_auth_method") if public else fixed

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, client: Client) -> str:
        kind = clients.kind_of(clients.record(client))
        return str(clients.KINDS[kind].label) if kind else "-"

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<path:object_id>/secrets/add/",
                self.admin_site.admin_view(require_POST(self.add_secret)),
                name="tokens_client_add_secret",
            ),
            path(
                "<path:object_id>/secrets/<int:secret_id>/end/",
                self.admin_site.admin_view(require_POST(self.end_secret)),
                name="tokens_client_end_secret",
            ),
            *super().get_urls(),
        ]

    # --- A new client

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if not _recent(request):
            return _sign_in_again(request, request.path)
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
            self.message_user(request, _("The client was made. It is public: it has no secret."), messages.SUCCESS)
            return HttpResponseRedirect(_change_url(client.pk))
        return self._secret_page(request, client, client_secret, _("The client was made"))

    def _is_made(self, client_id: str) -> bool:
        return Client.objects.filter(pk=client_id).exists()

    def _made_before(self, request: HttpRequest, client_id: str) -> HttpResponse:
        text = _("This client was made by the same page before; its secret is not shown again. You can add a new one.")
        self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(_change_url(client_id))

    def _new_client_page(self, request: HttpRequest, form: NewClientForm) -> HttpResponse:
        adminform = AdminForm(form, self.new_fieldsets, {}, model_admin=self)  # type: ignore[arg-type]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add client"),
            "adminform": adminform,
            "errors": form.errors,
            "inline_admin_formsets": [],
            "is_popup": False,
            "media": self.media + adminform.media,
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
        }
        return self.render_change_form(request, context, add=True)

    # --- Secrets

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = ClientSecret.objects.filter(client_id=unquote(object_id)).order_by("pk").defer("digest")
        kept = [(secret, _secret_url("end", object_id, secret.pk)) for secret in found]
        context = {
            "secrets": kept,
            "latest": kept[-1][0].pk if kept else 0,
            "add_secret_url": reverse("admin:tokens_client_add_secret", args=[object_id]),
        }
        return super().change_view(request, object_id, form_url, context)

    @sensitive_variables("client_secret")
    def add_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self._changeable(request, object_id)
        if not _recent(request):
            return _sign_in_again(request, _change_url(client.pk))
        with transaction.atomic():
            # One page adds one secret, however often it is sent.
            Client.objects.select_for_update().get(pk=client.pk)
            newest = client.secrets.order_by("-pk").values_list("pk", flat=True).first() or 0
            if request.POST.get("latest") != str(newest):
                text = _("The page that you sent was older than the newest secret. Nothing was done.")
                self.message_user(request, text, messages.WARNING)
                return HttpResponseRedirect(_change_url(client.pk))
            client_secret = clients.add_secret(client.pk)
            self.log_change(request, client, _("Added a secret."))
        return self._secret_page(request, client, client_secret, _("A secret was added"))

    def end_secret(self, request: HttpRequest, object_id: str, secret_id: int) -> HttpResponse:
        client = self._changeable(request, object_id)
        secret = client.secrets.filter(pk=secret_id).first()
        if secret is None:
            self.message_user(request, _("That secret had ended."), messages.WARNING)
            return HttpResponseRedirect(_change_url(client.pk))
        with transaction.atomic():
            secret.delete()
            self.log_change(request, client, _("Ended the secret of %(added)s.") % {"added": secret})
        self.message_user(request, _("The secret has ended."), messages.SUCCESS)
        return HttpResponseRedirect(_change_url(client.pk))

    def _changeable(self, request: HttpRequest, object_id: str) -> Client:
        """The client whose secrets the person may change. Raises Http404 and PermissionDenied."""
        client: Client | None = self.get_object(request, unquote(object_id))
        if client is None or client.token_endpoint_auth_method == NONE:
            raise Http404
        if not self.has_change_permission(request, client):
            raise PermissionDenied
        return client

    @sensitive_variables("client_secret")
    def _secret_page(self, request: HttpRequest, client: Client, client_secret: str, title: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "client": client,
            "client_secret": client_secret,
            "change_url": _change_url(client.pk),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/tokens/client/secret.html", context)

    # --- What ends a client ends all that it was given

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.enabled:
            clients.void(obj.pk)

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


def _recent(request: HttpRequest) -> bool:
    current = sessions.current(request)
    return current is not None and datetime.now(UTC) - current.auth_time <= RECENT


def _sign_in_again(request: HttpRequest, back: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")


def _change_url(client_id: str) -> str:
    return reverse("admin:tokens_client_change", args=[quote(client_id)])


def _secret_url(verb: str, object_id: str, secret_id: int) -> str:
    return reverse(f"admin:tokens_client_{verb}_secret", args=[object_id, secret_id])
