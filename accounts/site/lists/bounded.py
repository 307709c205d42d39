"""What is beside a list in the admin and would be as long: choices, histories, what goes along with a deletion."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import PROTECT, RESTRICT, Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

MOST_COUNTED = 1_000
"""Rows."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs only
    """Of what a field completes and of the history of a row: the first rows are all that there is."""

    @cached_property
    def count(self) -> int:
        return counted(self.object_list)  # type: ignore[arg-type]  # the admin gives nothing else


class TickedForm(ActionForm):
    """An action is done to the rows that were ticked. All rows of a list may be millions: nobody looked at them."""

    def clean_select_across(self) -> bool:
        if self.cleaned_data["select_across"]:
            raise ValidationError(_("Tick the rows that are meant."))
        return False


def counted(rows: QuerySet[Any]) -> int:
    """How many there are, up to MOST_COUNTED. In their order: an index that has it leads to them."""
    return rows[:MOST_COUNTED].count()


def deleted_objects(
    model_admin: "ModelAdmin[Any]", objs: Iterable[Model], request: HttpRequest
) -> tuple[list[str], dict[str, int], set[str], list[str]]:
    """As ModelAdmin's, but what goes along is counted, up to a bound, and not listed."""
    rows, site = list(objs), model_admin.admin_site
    counts = {str(model_admin.opts.verbose_name_plural): len(rows)}
    refused = {str(row) for row in rows if not model_admin.has_delete_permission(request, row)}
    protected: list[str] = []
    for relation in (each for each in model_admin.opts.get_fields(include_hidden=True) if each.one_to_many):
        related: Any = relation.related_model
        name = str(related._meta.verbose_name_plural)
        count = counted(_pointing(related, relation.field.name, rows))  # type: ignore[union-attr]  # a relation
        if not count:
            continue
        counts[name] = count
        if getattr(relation, "on_delete", None) in (PROTECT, RESTRICT):
            protected.append(name)
        if site.is_registered(related) and not site.get_model_admin(related).has_delete_permission(request):
            refused.add(name)
    return [str(row) for row in rows], counts, refused, protected


def _pointing(related: type[Model], name: str, rows: Sequence[Model]) -> QuerySet[Any]:
    pointing = related._default_manager.filter(**{f"{name}__in": rows})
    # Of one, the index of the column leads to them.
    return pointing.order_by(f"{name}_id") if len(rows) == 1 else pointing.order_by()
