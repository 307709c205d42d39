"""The form of a new client: one page for every kind."""

from typing import Any, cast

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tokens import models
from tokens.admin.forms.fields import JwksField, add_faults, offer, redirect_uris_field, scope_field, url_field
from tokens.conf import minter
from tokens.protocol.client_authentication import PRIVATE_KEY_JWT
from tokens.protocol.client_metadata import MAX_NAME
from tokens.protocol.records import Client
from tokens.registration import clients

NEW_CLIENT_MAX_AGE = 3600  # seconds
NEW_CLIENT_SALT = "tokens.admin.forms.NewClientForm"
HELP = {
    "client_name": _("People see it when the client asks them."),
    "skip_consent": _("One of your own: people are not asked."),
    "development": _("Redirect URIs may use http on the developer's computer."),
    "jwks": _("Its public keys, as a JWK Set."),
    "jwks_uri": _("Or the address where it publishes them: it can change them there by itself."),
}


class NewClientForm(forms.Form):
    """`new_client` is the id that this page's client will have: a page that is sent twice, by a reload or a double
    click, makes one client."""

    new_client = forms.CharField(widget=forms.HiddenInput, required=False, max_length=255)
    kind = forms.ChoiceField(
        label=_("Kind"),
        widget=forms.RadioSelect,
        initial="web",
        choices=[(name, format_lazy("{}: {}", kind.label, kind.meaning)) for name, kind in clients.KINDS.items()],
    )
    client_name = forms.CharField(label=_("Name"), max_length=MAX_NAME, help_text=HELP["client_name"])
    redirect_uris = redirect_uris_field(_("Redirect URIs"))
    scope = scope_field(
        _("What it may ask for. Without a choice: all of sign-in where people sign in, none for machines and APIs.")
    )
    jwks = JwksField(label=_("Keys"), help_text=HELP["jwks"])
    jwks_uri = url_field(_("Address of the keys"), HELP["jwks_uri"])
    skip_consent = forms.BooleanField(label=_("Skip consent"), required=False, help_text=HELP["skip_consent"])
    development = forms.BooleanField(label=_("Development"), required=False, help_text=HELP["development"])

    client: Client
    """What is to be made, once the form is valid."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self.fields["scope"], models.Resource.objects.order_by("name", "identifier"))

    def clean(self) -> None:
        client_id = new_client_id(self.cleaned_data.get("new_client", ""))
        if client_id is None:
            self.add_error(None, _("This page was open for too long and nothing was made. Send it again."))
            data = cast("QueryDict", self.data).copy()
            data["new_client"] = new_client_page()
            self.data = data
        kind = self.cleaned_data.get("kind")
        if kind is None:
            return
        if self._keys() and PRIVATE_KEY_JWT not in clients.methods_of(clients.KINDS[kind]):
            self.add_error("jwks", _("A client of this kind has no keys: whoever has the program has them too."))
            return
        try:
            self.client = clients.new(
                kind,
                self.cleaned_data.get("client_name", ""),
                self.cleaned_data.get("redirect_uris", ()),
                self.cleaned_data.get("scope", "").split(),
                client_id=client_id,
                development=self.cleaned_data["development"],
                skip_consent=self.cleaned_data["skip_consent"],
                **self._keys(),
            )
        except ValidationError as error:
            add_faults(self, error)

    def _keys(self) -> dict[str, Any]:
        """Of a client that shows a signature (RFC 7523) in place of a secret."""
        keys = {
            name: self.cleaned_data[name]
            for name in ("jwks", "jwks_uri")
            if self.cleaned_data.get(name) not in (None, "")
        }
        return {**keys, "token_endpoint_auth_method": PRIVATE_KEY_JWT} if keys else {}


def new_client_page() -> str:
    """The value of `new_client` for a page that is shown for the first time."""
    return signing.dumps(minter().mint(), salt=NEW_CLIENT_SALT)


def new_client_id(page: str) -> str | None:
    """The id of the client that a page is to make; None where we did not give it out, or too long ago."""
    try:
        client_id: str = signing.loads(page, salt=NEW_CLIENT_SALT, max_age=NEW_CLIENT_MAX_AGE)
    except signing.BadSignature:
        return None
    return client_id
