"""The form of a preview and of a test sign-in: who, and what is asked for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import claims
from tokens.admin.forms.fields import NO_CORRECTION
from tokens.protocol import permission
from tokens.protocol.records import Client

MAX_NAME = 254  # characters


class TrialForm(forms.Form):
    scope = forms.MultipleChoiceField(
        label=_("Scopes"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What the client asks for, of what it may have."),
    )
    resource = forms.CharField(
        label=_("Resources"),
        required=False,
        max_length=2000,
        help_text=_("The resource of the request, if it names one: identifiers with spaces between."),
        widget=forms.TextInput(attrs={"size": 60, **NO_CORRECTION}),
    )
    person = forms.CharField(
        label=_("Person"),
        max_length=MAX_NAME,
        help_text=_("User name, e-mail address or id, for the preview. The test sign-in is always your own."),
        widget=forms.TextInput(attrs={"size": 40, **NO_CORRECTION}),
    )

    def __init__(self, data: Any, client: Client, *, own_name: str, own_subject: str, may_see_people: bool) -> None:
        super().__init__(data)
        self._own_subject, self._client = own_subject, client
        names = permission.names(client.scope)
        self.fields["scope"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]  # a choice field
        self.initial = {"scope": list(names), "person": own_name}
        if not may_see_people:
            del self.fields["person"]

    def clean_person(self) -> str:
        """The subject."""
        subject = claims.subject_called(self.cleaned_data["person"])
        if subject is None:
            raise ValidationError(_("There is no such account."))
        return subject

    @property
    def called(self) -> str:
        """What the person was called here."""
        return str(self.data["person"] if "person" in self.fields else self.initial["person"])

    @property
    def subject(self) -> str:
        """Of whom the preview is."""
        return str(self.cleaned_data.get("person", self._own_subject))

    @property
    def parameters(self) -> dict[str, str]:
        """Of the authorization request."""
        asked = {"scope": " ".join(self.cleaned_data["scope"]), "response_mode": self._client.answered_by[0]}
        resource = " ".join(self.cleaned_data["resource"].split())
        return {**asked, "resource": resource} if resource else asked
