"""What the store deletes because it expired, or because what it names is gone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.functions import Now

from accounts.ground.dialects import delete_locks_neighbours, has_ctid
from accounts.ground.earliest import Ends, earliest
from accounts.ground.locking import limited
from accounts.ground.sql.sql import Sql, delete
from accounts.ground.sql.statement import statement
from tokens.stores.base.kinds import EXPIRING, KINDS, Kind
from tokens.stores.base.sweeping import Span
from tokens.stores.orm.statements import deleting
from tokens.stores.orm.statements.references import model_of, reference


@statement("sweeping.delete_expired", needs=has_ctid)
def delete_expired(kind: Kind, grace: timedelta, limit: int, since: datetime | None) -> Sql:
    """How many rows went, and the latest end among them."""
    return deleting.delete_in_place(model_of(kind), kind.ends, grace, limit, since)


@statement("sweeping.delete_expired.lock")
def lock_expired(kind: Kind, grace: timedelta, limit: int, since: datetime | None) -> "QuerySet[Model, Any]":
    """Keys, and ends."""
    ended = model_of(kind)._default_manager.filter(**{f"{kind.ends}__lt": Now() - grace})
    ended = ended if since is None else ended.filter(**{f"{kind.ends}__gte": since})
    return limited(_locked(ended.order_by(kind.ends)).values_list("pk", kind.ends), limit)


@statement("sweeping.delete_expired.locked")
def delete_locked(kind: Kind, keys: Sequence[Any]) -> Sql:
    return delete(model_of(kind)._default_manager.filter(pk__in=keys))


@statement("sweeping.delete_expired.each", needs=delete_locks_neighbours)
def delete_each(kind: Kind, keys: Sequence[Any]) -> Sql:
    return deleting.delete_each(model_of(kind), keys)


@statement("sweeping.lag")
def lag(begins: Mapping[str, datetime]) -> Sql:
    """The instant, and the earliest end of each kind, from the instant in `begins` on, in seconds since 1970."""
    ends = [Ends(model=model_of(KINDS[name]), column=KINDS[name].ends, since=begins.get(name)) for name in EXPIRING]
    return Sql(*earliest(ends))


@statement("sweeping.sweep_orphans.page")
def page(kind: Kind, span: Span) -> "QuerySet[Model, Any]":
    """What the rows of the span name, in the order of their keys."""
    rows = model_of(kind)._default_manager.filter(pk__gt=span.after)
    rows = rows if span.last is None else rows.filter(pk__lte=span.last)
    ids = [reference(kind, name) for name in ("client_id", "subject", "authorization_id")]
    return rows.order_by("pk").values_list("pk", *ids)[: span.limit]


@statement("sweeping.sweep_orphans.parents")
def parents(model: type[Model], ids: Collection[str]) -> "QuerySet[Model, Any]":
    """Those of the ids that name something."""
    return model._default_manager.filter(pk__in=ids).values_list("pk", flat=True)


@statement("sweeping.sweep_orphans.lock")
def lock_orphans(kind: Kind, keys: Collection[str], grace: timedelta) -> "QuerySet[Model, Any]":
    added = {f"{kind.begins}__lt": Now() - grace}
    return _locked(model_of(kind)._default_manager.filter(pk__in=keys, **added))


def _locked(rows: "QuerySet[Any]") -> "QuerySet[Any, Any]":
    """The keys of those that nobody else holds, locked until the transaction ends: nobody changes them meanwhile."""
    return rows.select_for_update(skip_locked=True).values_list("pk", flat=True)
