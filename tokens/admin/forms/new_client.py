"""The form of a new client: one page for every kind."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tokens.admin.forms.fields import add_faults
from tokens.admin.forms.members import field
from tokens.admin.forms.offered import Offered, asked, offer
from tokens.conf import minter
from tokens.protocol.client_authentication import PRIVATE_KEY_JWT
from tokens.protocol.client_metadata import MEMBERS
from tokens.protocol.records import Client
from tokens.registration import clients
from tokens.registration.kinds import KINDS

NEW_CLIENT_MAX_AGE = 3600  # seconds
NEW_CLIENT_SALT = "tokens.admin.forms.NewClientForm"
NOTHING: tuple[Any, ...] = (None, "", [])
"""What a field cleans to where nothing was typed in: the kind says what the client gets then."""
SCOPE = _("What it may ask for. Without a choice: all of sign-in where people sign in, none for machines and APIs.")


class NewClientForm(forms.Form):
    """`new_client` is the id that this page's client will have: a page that is sent twice, by a reload or a double
    click, makes one client."""

    new_client = forms.CharField(widget=forms.HiddenInput, required=False, max_length=255)
    kind = forms.ChoiceField(
        label=_("Kind"),
        widget=forms.RadioSelect,
        initial="web",
        choices=[(name, format_lazy("{}: {}", kind.label, kind.meaning)) for name, kind in KINDS.items()],
    )
    client_name = field("client_name")
    redirect_uris = field("redirect_uris")
    scope = field("scope", help_text=SCOPE)
    jwks = field("jwks")
    jwks_uri = field("jwks_uri")
    skip_consent = field("skip_consent")
    development = field("development")

    client: Client
    """What is to be made, once the form is valid."""

    def __init__(self, *args: Any, may_see_resources: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = Offered(all=may_see_resources, asked=asked(self, "scope"))
        offer(self.fields["scope"], offered, offered.rows())

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
        document = self._document()
        if _has_keys(document) and KINDS[kind].traits.public:
            self.add_error("jwks", _("A client of this kind has no keys: everybody who has the program has them too."))
            return
        try:
            self.client = clients.new(kind, document, client_id)
        except ValidationError as error:
            add_faults(self, error)

    def _document(self) -> dict[str, Any]:
        """The members that were typed in. With keys a client shows a signature (RFC 7523) in place of a secret."""
        typed = {name: self.cleaned_data[name] for name in MEMBERS if self.cleaned_data.get(name) not in NOTHING}
        method = {"token_endpoint_auth_method": PRIVATE_KEY_JWT} if _has_keys(typed) else {}
        return {"client_name": "", **typed, **method}


def _has_keys(document: Mapping[str, Any]) -> bool:
    return bool({"jwks", "jwks_uri"} & document.keys())


def new_client_page() -> str:
    """The value of `new_client` for a page that is shown for the first time."""
    return signing.dumps(minter().mint(), salt=NEW_CLIENT_SALT)


def new_client_id(page: str) -> str | None:
    """The id of the client that a page is to make; None where we did not give it out, or too long ago."""
    try:
        # this machine's clock: seconds do not matter to an hour
        client_id: str = signing.loads(page, salt=NEW_CLIENT_SALT, max_age=NEW_CLIENT_MAX_AGE)
    except signing.BadSignature:
        return None
    return client_id
