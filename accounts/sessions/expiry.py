"""Deletes what expired of sessions, throttles and reset links, in small batches."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection, models, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.ground.locking import first, limited
from accounts.ground.taken_back import was_taken_back
from accounts.models import LoginSession, ResetLink, Session, Throttle

MARGIN = timedelta(minutes=5)
"""Nodes' clocks and the database's may differ by as much; nothing that a node still takes for alive is deleted."""
TABLES: Mapping[str, type[models.Model]] = {
    "session": Session,
    "throttle": Throttle,
    "reset link": ResetLink,
    "sign-in": LoginSession,
}
"""Sign-ins last: the sessions of a browser point to them."""


def delete_expired(limit: int) -> int:
    """Deletes up to `limit` rows of each table, by the database's clock; how many. Many nodes may do so at once."""
    return sum(_sweep(_expired(table), limit) for table in TABLES.values())


def lag() -> Mapping[str, float]:
    """Seconds for which the oldest row of each table could have been deleted; 0 where none could."""
    return {kind: _lag(_expired(table)) for kind, table in TABLES.items()}


def _expired(table: type[models.Model]) -> "models.QuerySet[Any]":
    return table._default_manager.filter(expires__lt=Now() - MARGIN).order_by("expires")


def _lag(expired: "models.QuerySet[Any]") -> float:
    late = models.ExpressionWrapper(Now() - F("expires"), output_field=models.DurationField())
    oldest: timedelta | None = expired.annotate(late=late).values_list("late", flat=True).first()
    return 0 if oldest is None else (oldest - MARGIN).total_seconds()


def _sweep(expired: "models.QuerySet[Any]", limit: int) -> int:
    try:
        return _delete(expired, limit)
    except DatabaseError as error:
        # MariaDB may lock rows next to those that it deletes, and ends a deadlock of two sweeps by taking one back.
        if not was_taken_back(error):
            raise
        return 0


@transaction.atomic
def _delete(expired: "models.QuerySet[Any]", limit: int) -> int:
    skip_locked = connection.features.has_select_for_update_skip_locked
    locked = expired.select_for_update(skip_locked=skip_locked).values_list("pk", flat=True)
    keys = first(limited(locked, limit), limit)
    if keys:
        # By nothing but their keys: MariaDB might look for `expires` first, and wait for rows that others are deleting.
        expired.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)
