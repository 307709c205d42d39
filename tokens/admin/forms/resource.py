"""The forms of a protected resource: a new one, and one that there is."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.site.versioned_form import VersionedForm
from tokens import models
from tokens.admin.forms.boxes import SHOWN, BoxesAndLines, few
from tokens.admin.forms.fields import NO_CORRECTION, LinesField, add_faults
from tokens.conf import SIGNING_ALGS
from tokens.protocol.client_authentication import NONE
from tokens.protocol.records import Client, Resource
from tokens.protocol.resource_registration import INTROSPECTION_CLAIMS, MAX_IDENTIFIER
from tokens.registration import resources
from tokens.stores.orm.clients import record_of
from tokens.stores.orm.identifiers import storable

HELP = {
    "name": _("People see it when a client asks for access to it."),
    "identifier": _("Its URI: the resource of requests and the aud of tokens. It cannot be changed later."),
    "typ": _("Of the header of tokens that are JWTs. JWT also tells a token from an ID token by its claims alone."),
    "introspection_claims": _(
        "Of the person. username is told anyway, unless the client that has the token knows people by pairwise names."
    ),
    "owners": _("Those that may introspect tokens for it. None is needed to verify a JWT."),
}
DEFAULT_ALG = Resource(identifier="", scope=()).access_token_signed_response_alg
TYPS = (
    ("at+jwt", _("at+jwt: as RFC 9068 has it, so that nothing else is taken for it")),
    ("JWT", _("JWT: for APIs that refuse any other, such as Spring's")),
)
FORMATS = (
    ("jwt", _("jwt: verified without asking us, valid until it expires")),
    ("opaque", _("opaque: introspected each time, so that it ends at once when it is revoked")),
)


def confidential() -> "QuerySet[models.Client]":
    """Clients that authenticate: one that signs people in, or acts for itself, may be an API as well."""
    return models.Client.objects.exclude(token_endpoint_auth_method=NONE)


class OwnersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """Clients that authenticate; what is chosen of them is judged by one statement."""

    def __init__(self) -> None:
        super().__init__(
            queryset=models.Client.objects.none(),
            label=_("Clients"),
            required=False,
            widget=BoxesAndLines(_("Other clients, one client id a line")),
            help_text=HELP["owners"],
        )

    def clean(self, value: Any) -> Any:
        few(value or ())
        for client_id in value or ():
            if not storable(client_id, models.CLIENT_ID):
                raise ValidationError(self.error_messages["invalid_choice"], params={"value": client_id})
        return super().clean(value)

    def offer(self, clients: "QuerySet[models.Client]", chosen: Iterable[models.Client], *, more: bool) -> None:
        """Any of the clients, of which those that are chosen get a box, and the first by name where there may be more
        of them: one statement, however many there are."""
        self.queryset = clients
        columns = ("pk", "client_name", "token_endpoint_auth_method")
        by_name = models.Client.objects.order_by("name_key", "client_id").values_list(*columns)
        first = list(by_name[:SHOWN]) if more else []
        boxes = {pk: name for pk, name, method in first if method != NONE} | {row.pk: str(row) for row in chosen}
        self.choices = sorted(boxes.items(), key=lambda box: (box[1], box[0]))
        self.widget.more = more and len(first) == SHOWN


class ScopesField(LinesField):
    """The scopes of a resource, one a line: kept as one text (RFC 6749 §3.3)."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Scopes"),
            required=False,
            widget=forms.Textarea(attrs={"rows": 4, "cols": 40, **NO_CORRECTION}),
            help_text=_("One a line, such as orders:read. Two resources may have scopes of the same name."),
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value.split()) if isinstance(value, str) else value

    def clean(self, value: Any) -> list[str]:
        return " ".join(super().clean(value)).split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (data or "").split() != (initial or "").split()


class ResourceForm(VersionedForm):
    name = forms.CharField(label=_("Name"), max_length=255, help_text=HELP["name"])
    scope = ScopesField()
    access_token_format = forms.ChoiceField(label=_("Token format"), choices=FORMATS, initial="jwt")
    access_token_signed_response_alg = forms.ChoiceField(
        label=_("Token algorithm"),
        choices=[(alg, alg) for alg in SIGNING_ALGS],
        initial=DEFAULT_ALG,
        help_text=_("Of tokens that are JWTs."),
    )
    access_token_typ = forms.ChoiceField(label=_("Token type"), choices=TYPS, initial="at+jwt", help_text=HELP["typ"])
    introspection_claims = forms.MultipleChoiceField(
        label=_("Told at introspection"),
        choices=[(name, name) for name in INTROSPECTION_CLAIMS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=HELP["introspection_claims"],
    )
    scope_sentences = LinesField(
        label=_("Sentences of its scopes"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        help_text=_(
            "What people are asked, one a line: SCOPE LANGUAGE SENTENCE, such as orders:read en See your orders."
        ),
    )
    owners = OwnersField()

    may_see_clients = True
    """Of who looks at the page."""
    resource: Resource
    """What is to be written, once the form is valid."""

    class Meta:
        model = models.Resource
        fields = (
            *("name", "scope", "access_token_format", "access_token_signed_response_alg", "access_token_typ"),
            *("scope_sentences", "owners", "introspection_claims"),
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        self.may_see_clients = options.pop("may_see_clients", self.may_see_clients)
        super().__init__(*args, **options)
        if isinstance(field := self.fields.get("owners"), OwnersField):
            # Who may not look at clients keeps those that there are, or takes one away.
            served = {} if self.may_see_clients else {"resources__in": [self.instance.pk]}
            chosen = self.initial.get("owners", ())
            field.offer(confidential().filter(**served), chosen, more=self.may_see_clients)

    def clean(self) -> None:
        if not self.is_stale():
            _judge(self, self.instance.identifier)

    @property
    def owners_read(self) -> dict[str, Client]:
        """The clients that were chosen, by id."""
        return {row.pk: record_of(row) for row in self.cleaned_data["owners"]}


class NewResourceForm(ResourceForm):
    identifier = forms.CharField(
        label=_("Identifier"),
        max_length=MAX_IDENTIFIER,
        help_text=HELP["identifier"],
        widget=forms.TextInput(attrs={"size": 60, **NO_CORRECTION}),
    )
    version = None  # type: ignore[assignment]  # Django's way to take a field away

    class Meta(ResourceForm.Meta):
        fields = ("identifier", *ResourceForm.Meta.fields)  # type: ignore[assignment]  # one more

    def clean(self) -> None:
        _judge(self, self.cleaned_data.get("identifier", ""))


def _judge(form: ResourceForm, identifier: str) -> None:
    form.resource = Resource(
        identifier=identifier,
        name=form.cleaned_data.get("name", ""),
        scope=tuple(dict.fromkeys(form.cleaned_data.get("scope", ()))),
        access_token_format=form.cleaned_data.get("access_token_format", "jwt"),
        access_token_signed_response_alg=form.cleaned_data.get("access_token_signed_response_alg", DEFAULT_ALG),
        access_token_typ=form.cleaned_data.get("access_token_typ", "at+jwt"),
        introspection_claims=tuple(form.cleaned_data.get("introspection_claims", ())),
        scope_sentences=tuple(form.cleaned_data.get("scope_sentences", ())),
    )
    try:
        resources.validate(form.resource)
    except ValidationError as error:
        add_faults(form, error)
