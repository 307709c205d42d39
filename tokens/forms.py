"""The admin's forms of clients: what is wrong is told by `tokens.clients`, the same as to the command."""

from dataclasses import replace
from typing import Any, cast

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tokens import clients, models
from tokens.conf import conf
from tokens.protocol import handles
from tokens.protocol.client_auth import CLIENT_SECRET_BASIC, CLIENT_SECRET_POST
from tokens.protocol.client_metadata import MAX_NAME
from tokens.protocol.records import Client
from tokens.protocol.scopes import SUPPORTED

NEW_CLIENT_MAX_AGE = 3600  # seconds
NEW_CLIENT_SALT = "tokens.forms.NewClientForm"
HELP = {
    "client_name": _("People see it when the client asks them."),
    "skip_consent": _("One of your own: people are not asked."),
    "development": _("Redirect URIs may use http on the developer's computer."),
    "enabled": _("Off: nobody signs in to it, and it gets no token."),
    "id_token_signed_response_alg": _("RS256 is what every client knows."),
}


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return _lines(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _lines(data or "") != list(initial or ())


class ScopeField(forms.MultipleChoiceField):
    """A scope as one text (RFC 6749 §3.3), one box a token."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return " ".join(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(data or ()) != set((initial or "").split())


def redirect_uris_field(label: Any) -> LinesField:
    return LinesField(
        label=label,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_("One a line, compared character by character. Not for machines and APIs."),
    )


def scope_field(help_text: Any = "") -> ScopeField:
    return ScopeField(
        label=_("Scopes"), required=False, choices=[(name, name) for name in SUPPORTED], help_text=help_text
    )


def url_field(label: Any) -> forms.URLField:
    return forms.URLField(
        label=label, required=False, assume_scheme="https", validators=[URLValidator(schemes=["http", "https"])]
    )


class NewClientForm(forms.Form):
    """One page for every kind. `new_client` is the id that this page's client will have: a page that is sent twice, by
    a reload or a double click, makes one client."""

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
        _("What it may ask for. Without a choice: all of them where people sign in, none for machines and APIs.")
    )
    skip_consent = forms.BooleanField(label=_("Skip consent"), required=False, help_text=HELP["skip_consent"])
    development = forms.BooleanField(label=_("Development"), required=False, help_text=HELP["development"])

    client: Client
    """What is to be made, once the form is valid."""

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
        try:
            self.client = clients.new(
                kind,
                self.cleaned_data.get("client_name", ""),
                self.cleaned_data.get("redirect_uris", ()),
                self.cleaned_data.get("scope", "").split(),
                development=self.cleaned_data["development"],
                skip_consent=self.cleaned_data["skip_consent"],
                client_id=client_id,
            )
        except ValidationError as error:
            _add(self, error)


def new_client_page() -> str:
    """The value of `new_client` for a page that is shown for the first time."""
    return signing.dumps(handles.mint(conf().region), salt=NEW_CLIENT_SALT)


def new_client_id(page: str) -> str | None:
    """The id of the client that a page is to make; None where we did not give it out, or too long ago."""
    try:
        client_id: str = signing.loads(page, salt=NEW_CLIENT_SALT, max_age=NEW_CLIENT_MAX_AGE)
    except signing.BadSignature:
        return None
    return client_id


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    redirect_uris = redirect_uris_field(_("Redirect URIs"))
    post_logout_redirect_uris = redirect_uris_field(_("Redirect URIs after sign-out"))
    scope = scope_field()
    token_endpoint_auth_method = forms.ChoiceField(
        label=_("Authentication method"),
        choices=[(method, method) for method in (CLIENT_SECRET_BASIC, CLIENT_SECRET_POST)],
        help_text=_("How the client shows its secret: in the Authorization header, or in the form."),
    )
    client_uri = url_field(_("Home page"))
    logo_uri = url_field(_("Logo"))
    policy_uri = url_field(_("Privacy policy"))
    tos_uri = url_field(_("Terms of service"))

    class Meta:
        model = models.Client
        help_texts = HELP
        fields = (
            "client_name",
            "redirect_uris",
            "post_logout_redirect_uris",
            "scope",
            "token_endpoint_auth_method",
            "id_token_signed_response_alg",
            "skip_consent",
            "development",
            "enabled",
            "client_uri",
            "logo_uri",
            "policy_uri",
            "tos_uri",
        )

    def clean(self) -> None:
        changed = replace(
            clients.record(self.instance),
            client_name=self.cleaned_data.get("client_name", ""),
            redirect_uris=tuple(self.cleaned_data.get("redirect_uris", ())),
            post_logout_redirect_uris=tuple(self.cleaned_data.get("post_logout_redirect_uris", ())),
            scope=tuple(self.cleaned_data.get("scope", "").split()),
            skip_consent=self.cleaned_data["skip_consent"],
            development=self.cleaned_data["development"],
        )
        try:
            clients.validate(changed)
        except ValidationError as error:
            _add(self, error)


def _add(form: forms.BaseForm, error: ValidationError) -> None:
    """The faults on their fields, but for fields that are known to be wrong already."""
    for member, faults in error.message_dict.items():
        if not form.has_error(member):
            form.add_error(member, faults)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
