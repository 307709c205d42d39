"""The secrets of clients in the admin: added, ended, given an end. A secret is in the answer to the POST that made it,
and nowhere else: not in a URL, a message, a session or a log."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from accounts.ground import clock
from tokens.admin import client_pkce, client_snippets
from tokens.admin.forms import ExpiryForm
from tokens.admin.versioned import VersionedAdmin
from tokens.models import Client, ClientSecret
from tokens.protocol import records
from tokens.protocol.client_authentication import NONE, SECRET_METHODS
from tokens.registration import clients
from tokens.stores import store


class ClientSecretsAdmin(VersionedAdmin):
    def get_urls(self) -> list[URLPattern]:
        end = "<path:object_id>/secrets/<int:secret_id>"
        return [
            self._post("<path:object_id>/secrets/add/", self.add_secret, "add_secret"),
            self._post(f"{end}/end/", self.end_secret, "end_secret"),
            self._post(f"{end}/expire/", self.expire_secret, "expire_secret"),
            self._post("<path:object_id>/pkce/require/", self.require_pkce, "require_pkce"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        client = store().clients.of_id(unquote(object_id))
        shown = {**(extra_context or {}), **(self.shown(client) if client is not None else {})}
        return super().change_view(request, object_id, form_url, shown)

    def shown(self, client: records.Client) -> dict[str, Any]:
        """What the page of a client shows beside its form."""
        return {**_secrets(client), **client_pkce.shown(client), **client_snippets.shown(client)}

    @sensitive_variables("client_secret")
    def add_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self._confidential(request, object_id)
        expiry = ExpiryForm(request.POST)
        if not expiry.is_valid():
            return self._refused(request, client, expiry)
        expires = expiry.cleaned_data["client_secret_expires_at"]
        with transaction.atomic():
            # One page adds one secret, however often it is sent.
            client_secret = clients.add_secret(client.pk, request.POST.get("latest", ""), expires)
            if client_secret is None:
                text = _("The page that you sent was older than the newest secret. Nothing was done.")
                return self._back(request, client, text, messages.WARNING)
            self.log_change(request, client, "Added a secret.")
        return self.secret_page(request, client, client_secret, _("A secret was added"))

    def end_secret(self, request: HttpRequest, object_id: str, secret_id: int) -> HttpResponse:
        client = self._confidential(request, object_id)
        secret = client.secrets.filter(pk=secret_id).first()
        with transaction.atomic():
            if not store().clients.delete_secret(client.pk, str(secret_id)):
                return self._back(request, client, _("That secret had ended."), messages.WARNING)
            self.log_change(request, client, f"Ended the secret of {secret}.")
        return self._back(request, client, _("The secret has ended."), messages.SUCCESS)

    def expire_secret(self, request: HttpRequest, object_id: str, secret_id: int) -> HttpResponse:
        client = self._confidential(request, object_id)
        expiry = ExpiryForm(request.POST)
        if not expiry.is_valid():
            return self._refused(request, client, expiry)
        expires = expiry.cleaned_data["client_secret_expires_at"]
        with transaction.atomic():
            if not store().clients.expire_secret(client.pk, str(secret_id), expires, clock.now()):
                return self._back(request, client, _("That secret had ended."), messages.WARNING)
            secret = client.secrets.get(pk=secret_id)
            end = f"{expires:%Y-%m-%d %H:%M} UTC" if expires else _("never")
            text = _("The secret of %(added)s ends: %(end)s.") % {"added": secret, "end": end}
            ends = f"{expires:%Y-%m-%d %H:%M} UTC" if expires else "never"
            self.log_change(request, client, f"The secret of {secret} ends: {ends}.")
        return self._back(request, client, text, messages.SUCCESS)

    def require_pkce(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Requires of the client what it sends anyway."""
        client: Client = self.changeable(request, object_id)
        with transaction.atomic():
            demanded = clients.require_what_is_sent(client.pk, clock.now())
            if demanded is None:
                text = _("It does not send that each time. Nothing was done.")
                return self._back(request, client, text, messages.WARNING)
            self.log_change(request, client, [{"changed": {"fields": ["pkce"]}}])
        return self._back(request, client, str(client_pkce.DEMANDED[demanded]), messages.SUCCESS)

    @sensitive_variables("client_secret")
    def secret_page(self, request: HttpRequest, client: Client, client_secret: str, title: str) -> HttpResponse:
        registered = store().clients.of_id(client.pk)
        context = {
            **self.admin_site.each_context(request),
            **(client_snippets.shown(registered, client_secret) if registered is not None else {}),
            "title": title,
            "opts": self.opts,
            "client": client,
            "client_secret": client_secret,
            "change_url": change_url(client.pk),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/tokens/client/secret.html", context)

    def _post(self, route: str, view: Any, name: str) -> URLPattern:
        pattern: URLPattern = path(route, self.admin_site.admin_view(require_POST(view)), name=f"tokens_client_{name}")
        return pattern

    def _confidential(self, request: HttpRequest, object_id: str) -> Client:
        """The client whose secrets the person may change. Raises Http404 and PermissionDenied."""
        client: Client = self.changeable(request, object_id)
        if client.token_endpoint_auth_method == NONE:
            raise Http404
        return client

    def _refused(self, request: HttpRequest, client: Client, form: ExpiryForm) -> HttpResponse:
        faults = " ".join(str(fault) for member in form.errors.values() for fault in member)
        return self._back(request, client, f"{faults} {_('Nothing was done.')}", messages.ERROR)

    def _back(self, request: HttpRequest, client: Client, text: str, level: int) -> HttpResponse:
        self.message_user(request, text, level)
        return HttpResponseRedirect(change_url(client.pk))


def change_url(client_id: str) -> str:
    return reverse("admin:tokens_client_change", args=[quote(client_id)])


def _secrets(client: records.Client) -> dict[str, Any]:
    """What the page of a client shows of its secrets: never the digests."""
    rows = list(ClientSecret.objects.filter(client_id=client.client_id).order_by("pk").defer("digest", "last_used"))
    last_used = {secret.id: secret.last_used for secret in client.secrets}
    method, object_id, now = client.token_endpoint_auth_method, quote(client.client_id), clock.now()
    return {
        "secrets": [
            {
                "row": secret,
                "last_used": last_used.get(str(secret.pk)),
                "has_ended": secret.client_secret_expires_at is not None and secret.client_secret_expires_at <= now,
                "expiry": ExpiryForm(
                    initial={"client_secret_expires_at": secret.client_secret_expires_at}, auto_id=f"{secret.pk}_%s"
                ),
                "end_url": reverse("admin:tokens_client_end_secret", args=[object_id, secret.pk]),
                "expire_url": reverse("admin:tokens_client_expire_secret", args=[object_id, secret.pk]),
            }
            for secret in rows
        ],
        "has_secrets": method != NONE,
        "uses_secrets": method in SECRET_METHODS,
        "latest": rows[-1].pk if rows else "",
        "new_expiry": ExpiryForm(auto_id="new_%s"),
        "add_secret_url": reverse("admin:tokens_client_add_secret", args=[object_id]),
    }
