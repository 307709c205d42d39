"""Locks the first of many rows. Oracle takes no limit beside a lock: there the rows are locked as they are read, so it
is enough to read no more of them."""

from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def limited(rows: "QuerySet[Any, Any]", limit: int) -> "QuerySet[Any, Any]":
    """The rows, which are to be locked, for `first`."""
    return rows[:limit] if connection.features.supports_select_for_update_with_limit else rows


def first(rows: "QuerySet[Any, Any]", limit: int) -> list[Any]:
    """Locks and reads the first of what `limited` made."""
    return list(rows) if rows.query.is_sliced else list(islice(rows.iterator(chunk_size=limit), limit))
