"""What the store deletes because it expired, or because what it names is gone.

No lock is needed between the looks at a row and at its parents. A parent was committed before all that names it, or
with it, so who sees the row sees the parent unless it was deleted; and no id is given twice, so what is gone does not
come back.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.db.models.functions import Now

from tokens import models
from tokens.protocol.records import Reference
from tokens.stores.base.kinds import EXPIRING, KINDS, REFERRING, Kind
from tokens.stores.base.sweeping import Span, Swept, WithoutAccount
from tokens.stores.orm.statements.deleting import delete_ended, delete_locked
from tokens.stores.orm.statements.dialects import dialect
from tokens.stores.orm.statements.references import model_of, reference


class Sweeping:
    expiring = EXPIRING
    referring = REFERRING

    def delete_expired(self, kind: str, grace: timedelta, limit: int) -> int:
        # Durable: inside a caller's transaction the locks would last until its end.
        with transaction.atomic(durable=True):
            return delete_ended(model_of(KINDS[kind]), KINDS[kind].ends, grace, limit)

    def lag(self, grace: timedelta) -> Mapping[str, timedelta]:
        words = dialect()
        oldest = [_oldest(KINDS[kind]) for kind in EXPIRING]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {words.seconds.format(words.clock)}, {', '.join(oldest)}", ())
            now, *ends = cursor.fetchone()
        late = (timedelta() if end is None else timedelta(seconds=float(now) - float(end)) - grace for end in ends)
        return dict(zip(EXPIRING, (max(timedelta(), each) for each in late), strict=True))

    def sweep_orphans(self, kind: str, span: Span, grace: timedelta, without_account: WithoutAccount) -> Swept:
        page = _page(KINDS[kind], span)
        orphans = _orphans(page, without_account)
        deleted = _delete(KINDS[kind], orphans, grace) if orphans else 0
        return Swept(deleted=deleted, last=page[-1].key if page else None)


def _oldest(kind: Kind) -> str:
    table = connection.ops.quote_name(model_of(kind)._meta.db_table)
    end = kind.ends
    return f"(SELECT {dialect().seconds.format(end)} FROM {table} WHERE {end} IS NOT NULL ORDER BY {end} LIMIT 1)"  # noqa: S608 names of ours


def _page(kind: Kind, span: Span) -> list[Reference]:
    """What the rows of the span name, in the order of their keys."""
    rows = model_of(kind)._default_manager.filter(pk__gt=span.after)
    rows = rows if span.last is None else rows.filter(pk__lte=span.last)
    ids = [reference(kind, name) for name in ("client_id", "subject", "authorization_id")]
    return [_reference(*row) for row in rows.order_by("pk").values_list("pk", *ids)[: span.limit]]


def _reference(key: str, client_id: str | None, subject: Any, authorization_id: str | None) -> Reference:
    person = str(subject) if subject is not None else None
    return Reference(key=key, client_id=client_id, subject=person, authorization_id=authorization_id)


def _orphans(page: Sequence[Reference], without_account: WithoutAccount) -> list[str]:
    """The keys of those that name what is gone."""
    clients = _gone(models.Client, {row.client_id for row in page} - {None})
    authorizations = _gone(models.Authorization, {row.authorization_id for row in page} - {None})
    subjects = {row.subject for row in page if row.subject is not None}
    people = without_account(subjects) if subjects else ()
    return [
        row.key
        for row in page
        if row.client_id in clients or row.authorization_id in authorizations or row.subject in people
    ]


def _gone(parent: type[Model], ids: Collection[str | None]) -> set[str | None]:
    """Those of the ids that name nothing."""
    there = parent._default_manager.filter(pk__in=ids).values_list("pk", flat=True) if ids else ()
    return set(ids) - set(there)


def _delete(kind: Kind, keys: Collection[str], grace: timedelta) -> int:
    added = {f"{kind.begins}__lt": Now() - grace}
    with transaction.atomic(durable=True):
        return delete_locked(model_of(kind)._default_manager.filter(pk__in=keys, **added))
