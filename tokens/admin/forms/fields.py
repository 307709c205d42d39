"""Fields of the admin's forms: lists as lines, scopes as boxes, keys as JSON."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tokens import models
from tokens.protocol import permission
from tokens.protocol.member_types import MAX_JWKS, read_jwks
from tokens.protocol.scopes import SUPPORTED

NO_CORRECTION = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
"""Attributes of a widget for what no dictionary knows."""


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
    """A scope as one text (RFC 6749 §3.3), one box for each part of it."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return value.split() if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The APIs that somebody may open to a client: all, if they may look at resources. Else what the client has of
    them already, which stays as it is or is taken away, so that nobody learns of an API here, or opens one."""

    all: bool
    held: Collection[str] = ()
    """The client's scope."""

    def rows(self) -> list[models.Resource]:
        rows = models.Resource.objects.order_by("name", "identifier")
        return list(rows if self.all else rows.filter(identifier__in=permission.resources(self.held)))

    def scopes(self, row: models.Resource) -> list[tuple[str, str]]:
        scopes = [(permission.of(row.identifier, name), name) for name in row.scope.split()]
        return [(scope, name) for scope, name in scopes if self.all or scope in self.held]


def offer(field: forms.Field, offered: Offered, rows: Iterable[models.Resource]) -> None:
    """The scopes of this server, and those of the resources under their names."""
    groups: list[tuple[Any, list[tuple[str, str]]]] = [
        (f"{row.name} ({row.identifier})", scopes) for row in rows if (scopes := offered.scopes(row))
    ]
    ours = [(name, name) for name in SUPPORTED]
    if isinstance(field, ScopeField):
        field.choices = [(_("Sign-in"), ours), *groups] if groups else ours


def add_faults(form: forms.BaseForm, error: ValidationError) -> None:
    """The faults on their fields, but for fields that are known to be wrong already."""
    for member, faults in error.message_dict.items():
        if member not in form.fields:
            form.add_error(None, [f"{member}: {fault}" for fault in faults])
        elif not form.has_error(member):
            form.add_error(member, faults)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
