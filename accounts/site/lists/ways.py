"""The ways to find rows by what somebody typed. Each is a look into an index: for one text, or for its beginning."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.names import list_key
from accounts.site.lists.keyset import Order, whole_order

LAST = "\U0010ffff"
"""Comes after every character that a name may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`read`: what the column is compared with; raises ValueError where the text is nothing of its kind. `order`: an
    index has the column and then these."""

    column: str
    read: Callable[[str], Any]
    order: Order
    begins: bool

    def condition(self, value: Any) -> Q:
        if not self.begins:
            return Q(**{self.column: value})
        return Q(**{f"{self.column}__gte": value, f"{self.column}__lt": f"{value}{LAST}"})


def whole(column: str, read: Callable[[str], Any] = str, order: Order = ("pk",)) -> Way:
    return Way(column=column, read=read, order=order, begins=False)


def beginning(column: str, read: Callable[[str], str] = list_key) -> Way:
    """Of a column that compares characters one by one, in the order of the column."""
    return Way(column=column, read=read, order=(column,), begins=True)


def uuid(text: str) -> UUID:
    return UUID(text)


def find(model_admin: "ModelAdmin[Any]", rows: QuerySet[Any], term: str) -> tuple[QuerySet[Any], Order]:
    """The rows of the first way that finds any, and the order that its index has them in."""
    found, order = rows.none(), whole_order(rows.model, ())
    for way, value in _fitting(model_admin, term.strip()):
        found, order = rows.filter(way.condition(value)), whole_order(rows.model, way.order)
        # In the order of the index, or the database may think that it finds one sooner in the table.
        if found.order_by(*order).values_list("pk")[:1]:
            break
    return found, order


def search_results(
    model_admin: "ModelAdmin[Any]", request: HttpRequest, rows: QuerySet[Any], term: str
) -> tuple[QuerySet[Any], bool]:
    """As ModelAdmin's, for a field that completes what is typed."""
    if not term.strip():
        return rows.order_by(*whole_order(rows.model, model_admin.get_ordering(request))), False
    found, order = find(model_admin, rows, term)
    return found.order_by(*order), False


def _fitting(model_admin: Any, term: str) -> Iterator[tuple[Way, Any]]:
    for way in getattr(model_admin, "searches", ()):
        try:
            yield way, way.read(term)
        except ValueError:
            continue
