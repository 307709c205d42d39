"""The form of a client that there is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tokens import models
from tokens.admin.forms.fields import (
    JwksField,
    add_faults,
    alg_field,
    offer,
    redirect_uris_field,
    scope_field,
    url_field,
)
from tokens.admin.forms.new_client import HELP
from tokens.admin.forms.versioned import VersionedForm
from tokens.protocol.client_authentication import CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, CONFIDENTIAL, PRIVATE_KEY_JWT
from tokens.protocol.client_metadata import MAX_AGE
from tokens.protocol.records import Client
from tokens.registration import clients

METHOD_WORDS = {
    CLIENT_SECRET_BASIC: _("client_secret_basic: a secret, in the Authorization header"),
    CLIENT_SECRET_POST: _("client_secret_post: a secret, in the form"),
    PRIVATE_KEY_JWT: _("private_key_jwt: a signature of its own key"),
}
"""A method without words here is offered by its name."""
METHODS = [(method, METHOD_WORDS.get(method, method)) for method in CONFIDENTIAL]
SUBJECTS = (
    ("public", _("public: the same for every client")),
    ("pairwise", _("pairwise: another one for every sector, so that nobody can be followed from site to site")),
)


class ClientForm(VersionedForm):
    redirect_uris = redirect_uris_field(_("Redirect URIs"))
    post_logout_redirect_uris = redirect_uris_field(_("Redirect URIs after sign-out"))
    scope = scope_field(_("What it may ask for."))
    default_resource = forms.MultipleChoiceField(
        label=_("Default resources"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What its tokens are for where a request names no resource. It needs a scope of each."),
    )
    token_endpoint_auth_method = forms.ChoiceField(
        label=_("Authentication method"),
        choices=METHODS,
        help_text=_(
            "Changed at once. With private_key_jwt its secrets no longer let it in; they are kept, and would again if "
            "you changed back, until you end them."
        ),
    )
    token_endpoint_auth_signing_alg = alg_field(
        _("Algorithm of its signature"), _("For private_key_jwt."), _("any that its keys can")
    )
    jwks = JwksField(label=_("Keys"), help_text=HELP["jwks"])
    jwks_uri = url_field(_("Address of the keys"), HELP["jwks_uri"])
    id_token_signed_response_alg = alg_field(_("ID token algorithm"), _("RS256 is what every client knows."))
    userinfo_signed_response_alg = alg_field(
        _("Userinfo algorithm"), _("For clients that want it signed, as a JWT."), _("not signed: plain JSON")
    )
    default_max_age = forms.IntegerField(
        label=_("Default max age"),
        required=False,
        min_value=0,
        max_value=int(MAX_AGE.total_seconds()),
        help_text=_("Seconds after which people must sign in again for this client. Empty: as long as they stay."),
    )
    rotate_refresh_tokens = forms.TypedChoiceField(
        label=_("Rotate refresh tokens"),
        required=False,
        empty_value=None,
        coerce=lambda value: str(value) == "True",
        choices=(("", _("as its kind: only without a secret or keys")), ("True", _("always")), ("False", _("never"))),
        help_text=_("Whether each use of a refresh token replaces it."),
    )
    backchannel_logout_uri = url_field(
        _("Address for logout notices"),
        _("Called with a signed notice when a session ends in which it was given tokens. Empty: it is not told."),
    )
    subject_type = forms.ChoiceField(label=_("Subject type"), choices=SUBJECTS)
    sector_identifier_uri = url_field(
        _("Sector identifier"),
        _("Needed where redirect URIs have several hosts: the https address of a JSON array that holds all of them."),
    )
    client_uri = url_field(_("Home page"))
    logo_uri = url_field(_("Logo"))
    policy_uri = url_field(_("Privacy policy"))
    tos_uri = url_field(_("Terms of service"))

    changed: Client
    """What is to be written, once the form is valid."""

    class Meta:
        model = models.Client
        help_texts = HELP | {
            "enabled": _("Off: nobody signs in to it, and it gets no token."),
            "backchannel_logout_session_required": _(
                "Each notice names one session (sid). Off: one notice may say that all sessions of a person ended."
            ),
        }
        fields = (
            *("client_name", "enabled", "redirect_uris", "post_logout_redirect_uris", "scope", "default_resource"),
            *("token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "jwks", "jwks_uri"),
            *("id_token_signed_response_alg", "userinfo_signed_response_alg", "default_max_age"),
            *("backchannel_logout_uri", "backchannel_logout_session_required"),
            *("rotate_refresh_tokens", "subject_type", "sector_identifier_uri", "skip_consent", "development"),
            *("client_uri", "logo_uri", "policy_uri", "tos_uri"),
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = list(models.Resource.objects.order_by("name", "identifier"))
        if "scope" in self.fields:
            offer(self.fields["scope"], rows)
        if isinstance(field := self.fields.get("default_resource"), forms.MultipleChoiceField):
            field.choices = [(row.identifier, f"{row.name} ({row.identifier})") for row in rows]

    def clean(self) -> None:
        if self.is_stale():
            return
        before = clients.record(self.instance)
        typed = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        self.changed = replace(before, **typed | _as_in_the_record(typed))
        try:
            clients.validate(self.changed, before)
        except ValidationError as error:
            add_faults(self, error)


def _as_in_the_record(typed: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: tuple(value) for name, value in typed.items() if isinstance(value, list)}
    if "scope" in typed:
        found["scope"] = tuple(typed["scope"].split())
    if typed.get("default_max_age") is not None:
        found["default_max_age"] = timedelta(seconds=typed["default_max_age"])
    return found
