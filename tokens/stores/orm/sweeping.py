"""What the store deletes because it expired, or because what it names is gone.

No lock is needed between the looks at a row and at its parents. A parent was committed before all that names it, or
with it, so who sees the row sees the parent unless it was deleted; and no id is given twice, so what is gone does not
come back.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.ground.earliest import late
from accounts.ground.locking import first
from accounts.ground.sweep import Ended
from tokens import models
from tokens.protocol.records import Reference
from tokens.stores.base.kinds import EXPIRING, KINDS, REFERRING, Kind
from tokens.stores.base.sweeping import Span, Swept, WithoutAccount
from tokens.stores.orm.statements import sweeping

AT_ONCE = 1000
"""How many keys a statement has at most: databases bound their number."""


class Sweeping:
    expiring = EXPIRING
    referring = REFERRING

    def delete_expired(self, kind: str, grace: timedelta, limit: int, since: datetime | None = None) -> Ended:
        # Durable: inside a caller's transaction the locks would last until its end.
        with transaction.atomic(durable=True):
            if sweeping.delete_expired.runs_here():
                deleted, last, _ = sweeping.delete_expired(KINDS[kind], grace, limit, since).row()
                return Ended(deleted=deleted, last=last)
            ends = dict(first(sweeping.lock_expired(KINDS[kind], grace, limit, since), limit))
            return Ended(deleted=_delete(KINDS[kind], [*ends]), last=max(ends.values(), default=None))

    def lag(self, grace: timedelta, begins: Mapping[str, datetime]) -> Mapping[str, timedelta]:
        now, *ends = sweeping.lag(begins).row()
        lags = (max(timedelta(), timedelta(seconds=late(now, end)) - grace) for end in ends)
        return dict(zip(EXPIRING, lags, strict=True))

    def sweep_orphans(self, kind: str, span: Span, grace: timedelta, without_account: WithoutAccount) -> Swept:
        page = [_reference(*row) for row in sweeping.page(KINDS[kind], span)]
        orphans = _orphans(page, without_account)
        deleted = _delete_orphans(KINDS[kind], orphans, grace) if orphans else 0
        return Swept(deleted=deleted, last=page[-1].key if page else None)


def _reference(key: str, client_id: str | None, subject: Any, authorization_id: str | None) -> Reference:
    person = str(subject) if subject is not None else None
    return Reference(key=key, client_id=client_id, subject=person, authorization_id=authorization_id)


def _orphans(page: Sequence[Reference], without_account: WithoutAccount) -> list[str]:
    """The keys of those that name what is gone."""
    clients = _gone(models.Client, {row.client_id for row in page if row.client_id is not None})
    authorizations = _gone(
        models.Authorization, {row.authorization_id for row in page if row.authorization_id is not None}
    )
    subjects = {row.subject for row in page if row.subject is not None}
    people = without_account(subjects) if subjects else ()
    return [
        row.key
        for row in page
        if row.client_id in clients or row.authorization_id in authorizations or row.subject in people
    ]


def _gone(parent: type[models.Client | models.Authorization], ids: set[str]) -> set[str]:
    """Those of the ids that name nothing."""
    return ids - set(sweeping.parents(parent, ids)) if ids else ids


def _delete_orphans(kind: Kind, keys: Collection[str], grace: timedelta) -> int:
    with transaction.atomic(durable=True):
        return _delete(kind, list(sweeping.lock_orphans(kind, keys, grace)))


def _delete(kind: Kind, keys: Sequence[Any]) -> int:
    """Deletes the rows of these keys, which the transaction holds; how many."""
    delete = sweeping.delete_each if sweeping.delete_each.runs_here() else sweeping.delete_locked
    return sum(delete(kind, keys[at : at + AT_ONCE]).run() for at in range(0, len(keys), AT_ONCE))
