"""The outbox of logout notices. A claim moves `due` and counts an attempt; a mark names the attempt that it means."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Now

from tokens import models
from tokens.protocol import journal, records
from tokens.stores.base.outbox import IN_FLIGHT
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import record_of

Notice = tuple[str, UUID, str | None]
"""A client, a person and a session of theirs, or all."""
DIGITS = re.compile(r"[0-9]{1,18}")
"""No more than a column of numbers holds."""


class Outbox:
    def queue_session(self, sid: str, subject: str, recheck_after: timedelta) -> None:
        person = UUID(subject)
        told = Q(key=journal.subject(subject)) & (Q(until=None) | Q(until__gte=OuterRef("root_at")))
        clients = _given().filter(sid=sid).exclude(Exists(models.Revocation.objects.filter(told)))
        _queue({(client_id, person, sid) for client_id in clients.values_list("client_id", flat=True).distinct()})
        models.LogoutRecheck.objects.create(sid=sid, subject=person, due=Now() + recheck_after)

    def queue_subject(self, subject: str, recheck_after: timedelta) -> None:
        person = UUID(subject)
        all_told = Q(key=journal.subject(subject)) & (Q(until=None) | Q(until__gte=OuterRef("root_at")))
        told = Q(key=Concat(Value(journal.session("")), OuterRef("sid")))
        given = _given().filter(subject=person).exclude(Exists(models.Revocation.objects.filter(all_told)))
        _queue(_of_all(given.exclude(Exists(models.Revocation.objects.filter(told))), person))
        models.LogoutRecheck.objects.create(sid=None, subject=person, due=Now() + recheck_after)

    @transaction.atomic
    def queue_late(self, limit: int) -> int:
        due = models.LogoutRecheck.objects.select_for_update(skip_locked=True).filter(due__lte=Now()).order_by("due")
        rechecks = list(due[:limit])
        if rechecks:
            _queue({*_late_in_sessions(rechecks), *_late_of_people(rechecks)})
            models.LogoutRecheck.objects.filter(pk__in=[row.pk for row in rechecks]).delete()
        return len(rechecks)

    def clients_owed(self, limit: int) -> list[str]:
        due = models.LogoutDelivery.objects.filter(due__lte=Now()).values("client_id").annotate(since=Min("due"))
        return [row["client_id"] for row in due.order_by("since")[:limit]]

    @transaction.atomic
    def claim(self, client_id: str, lease: timedelta) -> records.LogoutDelivery | None:
        if not storable(client_id, models.CLIENT_ID):
            return None
        due = models.LogoutDelivery.objects.filter(client_id=client_id, due__lte=Now()).order_by("due")
        row = due.select_for_update(skip_locked=True).first()
        if row is None:
            return None
        models.LogoutDelivery.objects.filter(pk=row.pk).update(due=Now() + lease, attempts=F("attempts") + 1)
        row.attempts += 1
        return record_of(records.LogoutDelivery, row, id=str(row.pk))

    def close(self, delivery: records.LogoutDelivery, outcome: str, expires: datetime, delivered: bool) -> bool:
        at = Now() if delivered else None
        return _claimed(delivery).update(due=None, delivered_at=at, outcome=_short(outcome), expires=expires) == 1

    def postpone(self, delivery: records.LogoutDelivery, outcome: str, pause: timedelta) -> bool:
        return _claimed(delivery).update(due=Now() + pause, outcome=_short(outcome)) == 1

    def reopen(self, delivery_id: str) -> bool:
        given_up = _numbered(delivery_id).filter(due=None, delivered_at=None)
        return given_up.update(due=Now(), expires=None) == 1


def _given() -> "QuerySet[models.Authorization]":
    """What was given to clients that want notices."""
    return models.Authorization.objects.filter(Exists(_client().exclude(backchannel_logout_uri="")))


def _client() -> "QuerySet[models.Client]":
    return models.Client.objects.filter(client_id=OuterRef("client_id"))


def _queue(notices: Iterable[Notice]) -> None:
    rows = [models.LogoutDelivery(client_id=to, subject=who, sid=sid) for to, who, sid in sorted(notices, key=str)]
    models.LogoutDelivery.objects.bulk_create(rows)


def _of_all(given: "QuerySet[models.Authorization]", person: UUID) -> set[Notice]:
    """One notice a client, or one a session where it requires that."""
    by_session = Exists(_client().filter(backchannel_logout_session_required=True))
    rows = given.annotate(by_session=by_session).values_list("client_id", "sid", "by_session").distinct()
    return {(client_id, person, sid if by_session else None) for client_id, sid, by_session in rows}


def _late_in_sessions(rechecks: Iterable[models.LogoutRecheck]) -> Iterable[Notice]:
    ended = {row.sid: row for row in rechecks if row.sid is not None}
    for row in _given().filter(sid__in=list(ended)).values("client_id", "sid", "created") if ended else ():
        recheck = ended[row["sid"]]
        if row["created"] >= recheck.ended_at - IN_FLIGHT:
            yield row["client_id"], recheck.subject, recheck.sid


def _late_of_people(rechecks: Iterable[models.LogoutRecheck]) -> Iterable[Notice]:
    """Only by sign-ins from before: afterwards the person may have signed in again."""
    for recheck in (row for row in rechecks if row.sid is None):
        late = _given().filter(subject=recheck.subject, created__gte=recheck.ended_at - IN_FLIGHT)
        yield from _of_all(late.filter(root_at__lte=recheck.ended_at), recheck.subject)


def _claimed(delivery: records.LogoutDelivery) -> "QuerySet[models.LogoutDelivery]":
    """The row, as long as nobody claimed it later."""
    return _numbered(delivery.id).filter(attempts=delivery.attempts, due__isnull=False)


def _numbered(delivery_id: str) -> "QuerySet[models.LogoutDelivery]":
    """The notice of that id, which is a number here: a text that is none names nothing."""
    if not DIGITS.fullmatch(delivery_id):
        return models.LogoutDelivery.objects.none()
    return models.LogoutDelivery.objects.filter(pk=int(delivery_id))


def _short(outcome: str) -> str:
    return outcome[: models.OUTCOME]
