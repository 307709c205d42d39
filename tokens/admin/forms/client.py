"""The form of a client that there is."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.site.versioned_form import VersionedForm
from tokens import models
from tokens.admin.forms.fields import add_faults
from tokens.admin.forms.members import CHANGEABLE, field, named
from tokens.admin.forms.offered import Offered, asked, offer
from tokens.admin.forms.words import WORDS
from tokens.grants import GRANTS
from tokens.protocol import client_metadata
from tokens.protocol.records import Client
from tokens.protocol.records.client import PEOPLE_GRANTS
from tokens.registration import clients
from tokens.registration.kinds import methods_of
from tokens.stores.orm.clients import record_of

METHOD = "token_endpoint_auth_method"


class ClientForm(VersionedForm):
    """A field for each member that can be changed; of them the page shows those that mean something for its client."""

    vars().update({name: field(name) for name in CHANGEABLE})
    token_endpoint_auth_method = field(METHOD, choices=named(WORDS[METHOD], methods_of(public=False)))

    may_see_resources = True
    """Of who looks at the page."""
    changed: Client
    """What is to be written, once the form is valid."""

    class Meta:
        model = models.Client
        fields = ()

    def __init__(self, *args: Any, instance: models.Client, **options: Any) -> None:
        self.before = record_of(instance)
        initial = client_metadata.write(self.before) | options.pop("initial", {})
        super().__init__(*args, instance=instance, initial=initial, **options)
        offered = Offered(all=self.may_see_resources, held=self.before.scope, asked=asked(self, "scope"))
        rows = offered.rows()
        if "scope" in self.fields:
            offer(self.fields["scope"], offered, rows)
        self._choose("default_resource", [(row.identifier, f"{row.name} ({row.identifier})") for row in rows])
        if not self.before.for_people:
            others = [name for name in GRANTS if name not in PEOPLE_GRANTS]
            self._choose("grant_types", named(WORDS["grant_types"], others))

    def clean(self) -> None:
        if self.is_stale():
            return
        typed = {name: value for name, value in self.cleaned_data.items() if name in client_metadata.MEMBERS}
        try:
            self.changed = clients.changed(self.before, typed)
        except ValidationError as error:
            add_faults(self, error)
        else:
            self.instance.client_name = self.changed.client_name

    def _post_clean(self) -> None:
        """Nothing: what was typed goes into `changed`, not onto the row."""

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        if isinstance(field := self.fields.get(name), forms.ChoiceField):
            field.choices = choices
