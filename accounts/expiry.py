"""Deletes what expired of sessions and rate limits, in small batches."""

from datetime import timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models.functions import Now

from accounts.models import CacheEntry, LoginSession, Session

# Nodes' clocks and the database's may differ by as much; nothing that a node still takes for alive is deleted.
MARGIN = timedelta(minutes=5)


def delete_expired(limit: int) -> int:
    """Deletes up to `limit` rows of each table, by the database's clock; how many. Safe beside others that do so."""
    # Sign-ins last: the sessions of a browser point to them.
    tables = (Session.objects, CacheEntry.objects, LoginSession.objects)
    return sum(_sweep(table.filter(expires__lt=Now() - MARGIN), limit) for table in tables)


@transaction.atomic
def _sweep(expired: models.QuerySet[Any], limit: int) -> int:
    skip_locked = connection.features.has_select_for_update_skip_locked
    locked = expired.order_by("expires").select_for_update(skip_locked=skip_locked)
    keys = list(locked.values_list("pk", flat=True)[:limit])
    if keys:
        # By their keys alone: MariaDB might look for `expires` first, and wait for rows that others are deleting.
        expired.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)
