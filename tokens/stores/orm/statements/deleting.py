"""Deletes in batches that any number of nodes may run at once, and while requests are served."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.functions import Now

from tokens.stores.orm.statements.dialects import dialect


def delete_ended(model: type[Model], end: str, grace: timedelta, limit: int) -> int:
    """Deletes up to `limit` rows whose column `end` lies more than `grace` back; how many."""
    return (_delete_in_place if dialect().has_ctid else _select_then_delete)(model, end, grace, limit)


def _delete_in_place(model: type[Model], end: str, grace: timedelta, limit: int) -> int:
    """By the rows' places, a third of the work. The array is made once: a planner may run a bare subquery, and so the
    limit, again and again."""
    table = connection.ops.quote_name(model._meta.db_table)
    ended = f"{end} < statement_timestamp() - make_interval(secs => %s)"
    # What was renewed after the inner statement saw it has moved, and is not found at its old place.
    sql = (
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {ended}"  # noqa: S608 names of ours
        f" ORDER BY {end} LIMIT %s FOR UPDATE SKIP LOCKED)) AND {ended}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (grace.total_seconds(), limit, grace.total_seconds()))
        deleted: int = cursor.rowcount
    return deleted


def _select_then_delete(model: type[Model], end: str, grace: timedelta, limit: int) -> int:
    ended = model._default_manager.filter(**{f"{end}__lt": Now() - grace})
    return delete_locked(ended.order_by(end), limit)


def delete_locked(rows: "QuerySet[Any]", limit: int | None = None) -> int:
    """Deletes those of the rows that nobody else holds; how many. They are locked until the transaction ends: nobody
    changes them meanwhile."""
    keys = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    return (_delete_each if dialect().delete_locks_neighbours else _delete_all)(rows.model, keys) if keys else 0


def _delete_all(model: type[Model], keys: Sequence[int | str]) -> int:
    return model._default_manager.filter(pk__in=keys).delete()[0]


def _delete_each(model: type[Model], keys: Sequence[int | str]) -> int:
    """One index look-up a key in one statement: STRAIGHT_JOIN fixes the join's order, so no neighbours are locked."""
    quote, meta = connection.ops.quote_name, model._meta
    wanted = " UNION ALL ".join(["SELECT %s AS pk", *["SELECT %s"] * (len(keys) - 1)])
    key = f"held.{quote(str(meta.pk.column))}"
    join = f"({wanted}) wanted STRAIGHT_JOIN {quote(meta.db_table)} held ON {key} = wanted.pk"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE held FROM {join}", keys)
        deleted: int = cursor.rowcount
    return deleted
