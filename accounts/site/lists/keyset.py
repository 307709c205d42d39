"""Pages by key: the next one begins after the last row of this one, and no page costs more than the first."""

from collections.abc import Iterable, Sequence
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
    """Where a page begins: after these values of the order; none: at an end of the list. `back`: the page is what comes
    before them."""

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
    edge = _edge(asked.among, order, start.values) if asked.among is not None else None
    found = _first(asked.rows.order_by(*order), _between(order, start.values, edge), size + 1)
    shown = found[:size]
    onward = _values(shown[-1], order) if len(found) > size else edge
    turn = _values(shown[0], order) if shown and start.values else None
    if start.back:
        shown.reverse()
    ahead = Start(values=onward, back=start.back) if onward else None
    behind = Start(values=turn, back=not start.back) if turn else None
    before, after = (ahead, behind) if start.back else (behind, ahead)
    return Page(rows=shown, before=before, after=after)


def whole_order(model: type[Model], names: Iterable[Any]) -> Order:
    """The order by the columns of these names, by the key where rows are equal in it, in the first one's direction."""
    order = tuple(str(name) for name in names) or ("pk",)
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
        return Start(values=[field.to_python(each) for field, each in zip(columns, texts, strict=True)], back=back)
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


def _between(order: Order, start: Sequence[Any], edge: Sequence[Any] | None) -> list[Q]:
    """What comes after the start, up to the edge and with it, piece by piece: each is one stretch of an index that has
    the order, also where a million rows are equal in its first column. No start: from the beginning; no edge: all."""
    if edge is None:
        return _beyond(order, start)
    if start and start[0] == edge[0]:
        return [_same(order, edge) & piece for piece in _between(order[1:], start[1:], edge[1:])]
    middle = _nearer(order[0], edge[0]) & (_further(order[0], start[0]) if start else Q())
    last = _between(order[1:], (), edge[1:]) if order[1:] else [Q()]
    return [*_beyond(order, start)[:-1], middle, *(_same(order, edge) & piece for piece in last)]


def _beyond(order: Order, values: Sequence[Any]) -> list[Q]:
    if not values:
        return [Q()]
    equal = [_same(order, values) & piece for piece in _beyond(order[1:], values[1:])] if order[1:] else []
    return [*equal, _further(order[0], values[0])]


def _same(order: Order, values: Sequence[Any]) -> Q:
    return Q(**{order[0].removeprefix("-"): values[0]})


def _further(name: str, value: Any) -> Q:
    return Q(**{f"{name.removeprefix('-')}__{'lt' if name.startswith('-') else 'gt'}": value})


def _nearer(name: str, value: Any) -> Q:
    return _further(turned((name,))[0], value)


def _first(rows: QuerySet[Any], places: Sequence[Q], most: int) -> list[Any]:
    found: list[Any] = []
    for place in places:
        if len(found) < most:
            found += rows.filter(place)[: most - len(found)]
    return found


def _edge(among: QuerySet[Any], order: Order, start: Sequence[Any]) -> list[Any] | None:
    """The values of the last row that is looked at; None where all that are left may be."""
    values = among.order_by(*order).values_list(*(name.removeprefix("-") for name in order))
    looked_at = _first(values, _beyond(order, start), MOST_LOOKED_AT)
    return list(looked_at[-1]) if len(looked_at) == MOST_LOOKED_AT else None
