"""The outbox of logout notices. A claim moves `due` and counts an attempt; a mark names the attempt that it means."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.ground.locking import first
from tokens import models
from tokens.protocol import records
from tokens.stores.base.outbox import IN_FLIGHT
from tokens.stores.orm.identifiers import number, storable
from tokens.stores.orm.rows import only, record_of
from tokens.stores.orm.statements import outbox
from tokens.stores.orm.statements.outbox import Notice

BATCH = 200
"""Notices in one statement: SQLite takes a thousand values in one."""


class Outbox:
    def queue_session(self, sid: str, subject: str, recheck_after: timedelta) -> None:
        person = UUID(subject)
        _queue({(client_id, person, sid) for client_id in outbox.clients_of_session(sid, subject)})
        outbox.recheck(sid, person, recheck_after).run()

    def queue_subject(self, subject: str, recheck_after: timedelta) -> None:
        person = UUID(subject)
        _queue(set(_of_all(outbox.clients_of_subject(person), person)))
        outbox.recheck(None, person, recheck_after).run()

    @transaction.atomic
    def queue_late(self, limit: int) -> int:
        rechecks = first(outbox.rechecks_due(limit), limit)
        if rechecks:
            _queue({*_late_in_sessions(rechecks), *_late_of_people(rechecks)})
            outbox.rechecked([row.pk for row in rechecks]).run()
        return len(rechecks)

    def clients_owed(self, limit: int) -> list[str]:
        return [client_id for client_id, _ in outbox.clients_owed(limit)]

    @transaction.atomic
    def claim(self, client_id: str, lease: timedelta, since: datetime | None = None) -> records.LogoutDelivery | None:
        due = first(outbox.due(client_id, since), 1) if storable(client_id, models.CLIENT_ID) else []
        if not due:
            return None
        [row] = due
        outbox.claim(row.pk, lease).run()
        return _record_of(row, attempts=row.attempts + 1)

    def close(self, delivery: records.LogoutDelivery, outcome: str, expires: datetime, delivered: bool) -> bool:
        return outbox.close(delivery, _short(outcome), expires, delivered).run() == 1

    def postpone(self, delivery: records.LogoutDelivery, outcome: str, pause: timedelta) -> bool:
        return outbox.postpone(delivery, _short(outcome), pause).run() == 1

    def reopen(self, delivery_id: str) -> bool:
        pk = number(delivery_id)
        return pk is not None and outbox.reopen(pk).run() == 1

    def of_client(self, client_id: str, limit: int, after: str = "") -> list[records.LogoutDelivery]:
        before = number(after) if after else None
        if not storable(client_id, models.CLIENT_ID) or (after and before is None):
            return []
        return [_record_of(row) for row in outbox.of_client(client_id, limit, before)]

    def of_id(self, delivery_id: str) -> records.LogoutDelivery | None:
        pk = number(delivery_id)
        row = only(outbox.of_id(pk)) if pk is not None else None
        return _record_of(row) if row else None


def _record_of(row: models.LogoutDelivery, **values: int) -> records.LogoutDelivery:
    return record_of(records.LogoutDelivery, row, id=str(row.pk), **values)


def _queue(notices: Collection[Notice]) -> None:
    ordered = sorted(notices, key=str)
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        outbox.notices(batch, len(ordered) - start - len(batch)).run()


def _of_all(clients: Iterable[tuple[str, str | None, bool]], person: UUID) -> Iterator[Notice]:
    """One notice a client, or one a session where it requires that."""
    for client_id, sid, by_session in clients:
        yield client_id, person, sid if by_session else None


def _late_in_sessions(rechecks: Iterable[models.LogoutRecheck]) -> Iterator[Notice]:
    ended = {row.sid: row for row in rechecks if row.sid is not None}
    for client_id, sid, created in outbox.given_in_sessions(list(ended)) if ended else ():
        if created >= ended[sid].ended_at - IN_FLIGHT:
            yield client_id, ended[sid].subject, sid


def _late_of_people(rechecks: Iterable[models.LogoutRecheck]) -> Iterator[Notice]:
    for recheck in (row for row in rechecks if row.sid is None):
        yield from _of_all(outbox.given_late(recheck.subject, recheck.ended_at), recheck.subject)


def _short(outcome: str) -> str:
    return outcome[: models.OUTCOME]
