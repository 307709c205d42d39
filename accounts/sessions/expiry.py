"""Deletes what expired of sessions and rate limits, in small batches."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, models, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import CacheEntry, LoginSession, Session

# Nodes' clocks and the database's may differ by as much; nothing that a node still takes for alive is deleted.
MARGIN = timedelta(minutes=5)
# MariaDB's numbers: a lock that was waited for in vain, a deadlock.
HELD_BY_ANOTHER = (1205, 1213)
# Sign-ins last: the sessions of a browser point to them.
TABLES: Mapping[str, type[models.Model]] = {"session": Session, "rate limit": CacheEntry, "sign-in": LoginSession}


def delete_expired(limit: int) -> int:
    """Deletes up to `limit` rows of each table, by the database's clock; how many. Safe beside others that do so."""
    return sum(_sweep(_expired(table), limit) for table in TABLES.values())


def lag() -> Mapping[str, float]:
    """Seconds for which the oldest row of each table could have been deleted; 0 where none could."""
    return {kind: _lag(_expired(table)) for kind, table in TABLES.items()}


def _expired(table: type[models.Model]) -> "models.QuerySet[Any]":
    return table._default_manager.filter(expires__lt=Now() - MARGIN).order_by("expires")


def _lag(expired: "models.QuerySet[Any]") -> float:
    late = models.ExpressionWrapper(Now() - F("expires"), output_field=models.DurationField())
    found: timedelta | None = expired.annotate(late=late).values_list("late", flat=True).first()
    return 0 if found is None else (found - MARGIN).total_seconds()


def _sweep(expired: "models.QuerySet[Any]", limit: int) -> int:
    try:
        return _delete(expired, limit)
    except OperationalError as error:
        # MariaDB may lock rows beside those that it deletes, and end a meeting of two sweeps by taking one back.
        if connection.vendor != "mysql" or error.args[0] not in HELD_BY_ANOTHER:
            raise
        return 0


@transaction.atomic
def _delete(expired: "models.QuerySet[Any]", limit: int) -> int:
    skip_locked = connection.features.has_select_for_update_skip_locked
    locked = expired.select_for_update(skip_locked=skip_locked)
    keys = list(locked.values_list("pk", flat=True)[:limit])
    if keys:
        # By their keys alone: MariaDB might look for `expires` first, and wait for rows that others are deleting.
        expired.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)
