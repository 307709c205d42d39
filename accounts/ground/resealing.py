"""Writes what is sealed under an older key anew, under the first one, so that the older one can go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.ground.sealing import CannotUnseal, seal, unseal

BATCH = 1000  # rows read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """`rows`: those whose `column` is sealed, or empty. `context`: of one, by its primary key."""

    rows: QuerySet[Any]
    column: str
    context: Callable[[Any], str]


@dataclass(slots=True, kw_only=True)
class Resealed:
    """How many were written anew, and how many no key opens."""

    written: int = 0
    lost: int = 0


def reseal(sealed: Sealed, keys: Mapping[str, bytes]) -> Resealed:
    """May run at any time, on many nodes at once, and be repeated. What somebody changed meanwhile stays as they wrote
    it, under the first key."""
    counts, column = Resealed(), sealed.column
    older = sealed.rows.exclude(**{f"{column}__startswith": f"{next(iter(keys))}."}).exclude(**{column: ""})
    for pk, text in older.order_by("pk").values_list("pk", column).iterator(BATCH):
        context = sealed.context(pk)
        try:
            plain = unseal(text, context, keys)
        except CannotUnseal:
            counts.lost += 1
            continue
        same = sealed.rows.filter(pk=pk, **{column: text})
        counts.written += same.update(**{column: seal(plain, context, keys)})
    return counts
