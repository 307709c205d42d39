"""Pages by key: the next one begins after the last row of this one, and no page costs more than the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet

Order = tuple[str, ...]
"""Columns, with a `-` before one that falls."""
MOST_LOOKED_AT = 5_000
"""Rows of which one page asks what no index answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`order`: of which no two rows have the same values. `among`: None where an index answers all that is asked; else
    the rows that one has in this order, of which the rest is asked."""

    rows: QuerySet[Any]
    order: Order
    among: QuerySet[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a page begins: after these values of the order, or of its first columns; none: at the end of the list.
    `back`: the page is what comes before them."""

    values: Sequence[Any] = ()
    back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`before` and `after`: where the pages on both sides start; None where there is none."""

    rows: list[Any]
    before: Start | None
    after: Start | None


def page(asked: Asked, size: int, start: Start) -> Page:
    """At most `size` rows. Fewer, and still an `after`, where the rest was asked of `MOST_LOOKED_AT` rows."""
    order = turned(asked.order) if start.back else asked.order
    place = _beyond(order, start.values) if start.values else Q()
    edge = _edge(asked.among.filter(place), order) if asked.among is not None else None
    rows = asked.rows.filter(place, _up_to(order, edge)).order_by(*order)[: size + 1]
    found = list(rows)
    shown = found[:size]
    onward = _values(shown[-1], order) if len(found) > size else edge
    turn = _values(shown[0], order) if shown and start.values else None
    if start.back:
        shown.reverse()
    ways = {start.back: onward, not start.back: turn}
    after, before = (Start(values=ways[back], back=back) if ways[back] else None for back in (False, True))
    return Page(rows=shown, before=before, after=after)


def whole_order(model: type[Model], order: Sequence[str]) -> Order:
    """The order, by the key where rows are equal in it. Its direction is that of the first column."""
    order = tuple(order) or ("pk",)
    if any(_is_key(column(model, name)) for name in order):
        return order
    return (*order, "-pk" if order[0].startswith("-") else "pk")


def turned(order: Order) -> Order:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)


def column(model: type[Model], name: str) -> "Field[Any, Any]":
    """Raises FieldDoesNotExist."""
    name = name.removeprefix("-")
    field: Field[Any, Any] = model._meta.pk if name == "pk" else model._meta.get_field(name)  # type: ignore[assignment]  # no relation
    return field


def written(asked: Asked, start: Start) -> str:
    """The start as an address has it: signed, so that nobody else's value is ever compared with a column."""
    return signing.dumps([_text(value) for value in start.values], salt=_salt(asked))


def read(asked: Asked, text: str, *, back: bool) -> Start:
    """Raises ValueError where it was not written for this list in this order."""
    try:
        texts = signing.loads(text, salt=_salt(asked))
        columns = [column(asked.rows.model, name) for name in asked.order]
        return Start(values=[field.to_python(each) for field, each in zip(columns, texts, strict=False)], back=back)
    except (signing.BadSignature, ValidationError) as error:
        raise ValueError("a page of another list") from error


def _salt(asked: Asked) -> str:
    return f"{asked.rows.model._meta.label} {' '.join(asked.order)}"


def _text(value: Any) -> str:
    # With every digit of a second, unlike Django's own JSON.
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _is_key(field: "Field[Any, Any]") -> bool:
    return field.unique and not field.null


def _values(row: Model, order: Order) -> list[Any]:
    return [getattr(row, column(type(row), name).attname) for name in order]


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """What comes after the values. Of each column a plain comparison stands first, which an index answers."""
    (name, *names), (value, *more) = order, values
    further = f"{name.removeprefix('-')}__{'lt' if name.startswith('-') else 'gt'}"
    strictly = Q(**{further: value})
    return Q(**{f"{further}e": value}) & (strictly | _beyond(names, more)) if more else strictly


def _up_to(order: Order, edge: Sequence[Any] | None) -> Q:
    if edge is None:
        return Q()
    first = turned(order)[0]
    return Q(**{f"{first.removeprefix('-')}__{'lte' if first.startswith('-') else 'gte'}": edge[0]})


def _edge(among: QuerySet[Any], order: Order) -> list[Any] | None:
    """The value in the first column of the last row that is looked at; None where all that are left may be."""
    first = among.order_by(*order).values_list(order[0].removeprefix("-"), flat=True)[:MOST_LOOKED_AT]
    looked_at = list(first)
    return looked_at[-1:] if len(looked_at) == MOST_LOOKED_AT else None
