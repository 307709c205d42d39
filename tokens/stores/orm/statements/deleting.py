"""Deletes in batches that any number of nodes may run at once, and while requests are served."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model

from accounts.ground.sql.sql import Sql


def delete_in_place(model: type[Model], end: str, grace: timedelta, limit: int, since: datetime | None) -> Sql:
    """By the rows' places, a third of the work. The array is made once: a planner may run a bare subquery, and so the
    limit, again and again. Answers how many rows went, and the latest end among them.

    The transaction does not wait until the disk has it: what a crash brings back has expired as before, and goes again.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    ended = f"{end} < statement_timestamp() - make_interval(secs => %s)"
    begin, begins = ("", ()) if since is None else (f"{end} >= %s AND ", (since,))
    # What was renewed after the inner statement saw it has moved, and is not found at its old place.
    text = (
        f"WITH gone AS (DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {begin}{ended}"  # noqa: S608 names of ours
        f" ORDER BY {end} LIMIT %s FOR UPDATE SKIP LOCKED)) AND {ended} RETURNING {end})"
        f" SELECT count(*), max({end}), set_config('synchronous_commit', 'off', true) FROM gone"
    )
    return Sql(text, (*begins, grace.total_seconds(), limit, grace.total_seconds()))


def delete_each(model: type[Model], keys: Sequence[Any]) -> Sql:
    """One index look-up a key in one statement: STRAIGHT_JOIN fixes the join's order, so no neighbours are locked."""
    quote, meta = connection.ops.quote_name, model._meta
    wanted = " UNION ALL ".join(["SELECT %s AS pk", *["SELECT %s"] * (len(keys) - 1)])
    key = f"held.{quote(str(meta.pk.column))}"
    join = f"({wanted}) wanted STRAIGHT_JOIN {quote(meta.db_table)} held ON {key} = wanted.pk"
    return Sql(f"DELETE held FROM {join}", keys)
