"""What a store elsewhere is to hear of sign-ins that ended: written in the transaction that ends them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.ground.sql.inserting import insert
from accounts.ground.sql.sql import Sql, delete
from accounts.ground.sql.statement import statement
from tokens import models


@statement("journal.revoke.ending.add")
def add(ending_id: UUID, sid: str | None, person: UUID, expires: datetime) -> Sql:
    """Up to this instant of the database's clock."""
    return insert(models.Ending(id=ending_id, sid=sid, subject=person, kept_until=expires))


@statement("journal.revoke.ending")
def get(ending_id: UUID) -> QuerySet[models.Ending]:
    return models.Ending.objects.filter(pk=ending_id)


@statement("journal.revoke.endings")
def left(age: timedelta, until: datetime, ending_id: UUID, limit: int) -> QuerySet[models.Ending]:
    """Those that are that old, the oldest first. `until`, `ending_id`: of the last one that was looked at."""
    following = Q(until__gt=until) | Q(until=until, pk__gt=ending_id)
    old = models.Ending.objects.filter(following, until__gte=until, until__lte=Now() - age)
    return old.order_by("until", "pk")[:limit]


@statement("journal.revoke.ending.heard")
def heard(ending_id: UUID) -> Sql:
    return delete(models.Ending.objects.filter(pk=ending_id))
