"""The APIs that a client's page offers."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tokens import models
from tokens.admin.forms.boxes import MOST, SHOWN, BoxesAndLines
from tokens.admin.forms.fields import ScopeField
from tokens.protocol import permission
from tokens.protocol.scopes import SUPPORTED
from tokens.stores.orm.identifiers import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The APIs that somebody may open to a client: all, if they may look at resources. Else what the client has of
    them already, which stays as it is or is taken away, so that nobody learns of an API here, or opens one."""

    all: bool
    held: Collection[str] = ()
    """The client's scope."""
    asked: Collection[str] = ()
    """The scopes that were sent: of any API, if all are offered."""

    def rows(self) -> list[models.Resource]:
        """Those with a box, by name: of all, the first, and what is held or asked for. One statement, or two."""
        first = list(models.Resource.objects.order_by("name_key", "id")[:SHOWN]) if self.all else []
        known = {row.identifier for row in first}
        named = [each for each in self._named() if each not in known and storable(each, models.IDENTIFIER)]
        others = list(models.Resource.objects.filter(identifier__in=named)) if named else []
        return sorted([*first, *others], key=lambda row: (row.name, row.identifier))

    def _named(self) -> tuple[str, ...]:
        asked = [each for each in permission.resources(self.asked) if self.all][:MOST]
        return tuple(dict.fromkeys([*permission.resources(self.held), *asked]))

    def scopes(self, row: models.Resource) -> list[tuple[str, str]]:
        scopes = [(permission.of(row.identifier, name), name) for name in row.scope.split()]
        return [(scope, name) for scope, name in scopes if self.all or scope in self.held]


def asked(form: forms.BaseForm, name: str) -> Collection[str]:
    """What was sent for the field, as it was sent."""
    if name not in form.fields or not form.is_bound:
        return ()
    sent: Collection[str] = form.fields[name].widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
    return sent


def offer(field: forms.Field, offered: Offered, rows: Iterable[models.Resource]) -> None:
    """The scopes of this server, and those of the resources under their names."""
    shown = list(rows)
    groups: list[tuple[Any, list[tuple[str, str]]]] = [
        (f"{row.name} ({row.identifier})", scopes) for row in shown if (scopes := offered.scopes(row))
    ]
    ours = [(name, name) for name in SUPPORTED]
    if isinstance(field, ScopeField):
        field.choices = [(_("Sign-in"), ours), *groups] if groups else ours
    if isinstance(field.widget, BoxesAndLines):
        field.widget.more = offered.all and len(shown) >= SHOWN
