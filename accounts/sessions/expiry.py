"""Deletes what expired of sessions, sign-ins and what is passing beside them, in small batches."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, connection, models, transaction
from django.db.models.functions import Now

from accounts.ground.earliest import Ends, earliest, late
from accounts.ground.locking import first, limited
from accounts.ground.sweep import DeleteEnded, Ended, Sweep
from accounts.ground.taken_back import was_taken_back
from accounts.models import LoginSession, Mail, MailedCode, Once, ResetLink, Session, Throttle, UnfinishedSignIn

MARGIN = timedelta(minutes=5)
"""Nodes' clocks and the database's may differ by as much; nothing that a node still takes for alive is deleted."""
TABLES: Mapping[str, type[models.Model]] = {
    "session": Session,
    "throttle": Throttle,
    "once": Once,
    "mailed code": MailedCode,
    "unfinished sign-in": UnfinishedSignIn,
    "reset link": ResetLink,
    "mail": Mail,
    "sign-in": LoginSession,
}
"""Sign-ins last: the sessions of a browser point to them."""


def sweeps() -> Mapping[str, DeleteEnded]:
    """What deletes a batch of each table, by the database's clock. Many nodes may do so at once."""
    return {kind: partial(_sweep, table) for kind, table in TABLES.items()}


def delete_expired(batch: int) -> int:
    """Deletes all that expired, a batch at a time; how many rows."""
    deleted = 0
    for delete in sweeps().values():
        sweep = Sweep(delete)
        while sweep.step(batch):
            pass
        deleted += sweep.deleted
    return deleted


def lag(begins: Mapping[str, datetime]) -> Mapping[str, float]:
    """Seconds for which the oldest row of each table could have been deleted; 0 where none could. Of a kind in `begins`
    only rows that ended then or later are looked at."""
    ends = [Ends(model=table, column="expires", since=begins.get(kind)) for kind, table in TABLES.items()]
    with connection.cursor() as cursor:
        cursor.execute(*earliest(ends))
        now, *found = cursor.fetchone()
    return {kind: max(0.0, late(now, end) - MARGIN.total_seconds()) for kind, end in zip(TABLES, found, strict=True)}


def _expired(table: type[models.Model], since: datetime | None) -> "models.QuerySet[Any]":
    expired = table._default_manager.filter(expires__lt=Now() - MARGIN).order_by("expires")
    return expired if since is None else expired.filter(expires__gte=since)


def _sweep(table: type[models.Model], limit: int, since: datetime | None) -> Ended:
    try:
        return _delete(_expired(table, since), limit)
    except DatabaseError as error:
        # MariaDB may lock rows next to those that it deletes, and ends a deadlock of two sweeps by taking one back.
        if not was_taken_back(error):
            raise
        return Ended(deleted=0, last=None)


@transaction.atomic
def _delete(expired: "models.QuerySet[Any]", limit: int) -> Ended:
    skip_locked = connection.features.has_select_for_update_skip_locked
    locked = expired.select_for_update(skip_locked=skip_locked).values_list("pk", "expires")
    ends = dict(first(limited(locked, limit), limit))
    if ends:
        # By nothing but their keys: MariaDB might look for `expires` first, and wait for rows that others are deleting.
        expired.model._default_manager.filter(pk__in=[*ends]).delete()
    return Ended(deleted=len(ends), last=max(ends.values(), default=None))
