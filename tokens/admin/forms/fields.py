"""Fields of the admin's forms: lists as lines, scopes as boxes, keys as JSON."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tokens.admin.forms.boxes import BoxesAndLines, few
from tokens.protocol.member_types import MAX_JWKS, read_jwks

NO_CORRECTION = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
"""Attributes of a widget for what no dictionary knows."""
MORE_SCOPES = _(
    "Scopes of other resources, one a line: the identifier, # and the scope, as in https://api.example/#read"
)


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
    """A scope as one text (RFC 6749 §3.3), one box for each part of it that the page has room for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=BoxesAndLines(MORE_SCOPES), **options)

    def prepare_value(self, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        few(value or ())
        return " ".join(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(data or ()) != set((initial or "").split())


class JwksField(forms.CharField):
    """A JWK Set (RFC 7517 §5) as text; None where there is none."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 6, "cols": 80, **NO_CORRECTION})
        super().__init__(required=False, max_length=MAX_JWKS, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, object] | None:
        text = super().clean(value)
        try:
            return read_jwks(text) if text else None
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((read_jwks(data) if data and data.strip() else None) != initial)
        except ValueError:
            return True


def add_faults(form: forms.BaseForm, error: ValidationError) -> None:
    """The faults on their fields, but for fields that are known to be wrong already."""
    for member, faults in error.message_dict.items():
        if member not in form.fields:
            form.add_error(None, [f"{member}: {fault}" for fault in faults])
        elif not form.has_error(member):
            form.add_error(member, faults)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
