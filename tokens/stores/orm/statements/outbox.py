"""The outbox of logout notices."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Now

from accounts.ground.locking import limited
from accounts.ground.sql.inserting import insert
from accounts.ground.sql.sql import Sql, delete, update
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import journal, records
from tokens.stores.base.outbox import IN_FLIGHT

Notice = tuple[str, UUID, str | None]
"""A client, a person and a session of theirs, or all."""
Given = QuerySet[models.Authorization, tuple[str, str | None, bool]]
"""A client, a session, and whether the client requires a notice for each session."""


@statement("outbox.queue_session.clients")
def clients_of_session(sid: str, subject: str) -> QuerySet[models.Authorization, str]:
    """The clients to be told that this session ended."""
    clients = _given().filter(sid=sid).exclude(Exists(_told_of_all(subject)))
    return clients.values_list("client_id", flat=True).distinct()


@statement("outbox.queue_subject.clients")
def clients_of_subject(person: UUID) -> Given:
    """The clients to be told that all sessions of the person ended."""
    session_entries = models.Revocation.objects.filter(key=Concat(Value(journal.session("")), OuterRef("sid")))
    authorizations = _given().filter(subject=person).exclude(Exists(_told_of_all(str(person))))
    return _with_choice(authorizations.exclude(Exists(session_entries)))


@statement("outbox.queue_session.notices")
def notices(queued: Sequence[Notice], following: int) -> Sql:
    """In this order, before so many `following` ones of the same act. No two of an act are due at one instant, so that
    who claims on from the one finds the other without a look at what was claimed before. Each is due before now: to
    SQLite, which compares texts, an instant that was reckoned is later than the same one told by its clock."""
    if len(queued) == 1 and not following:
        return insert(*map(_delivery, queued))
    places = range(following + len(queued), following, -1)
    return insert(
        *(
            _delivery(notice, due=Now() - timedelta(microseconds=place))
            for notice, place in zip(queued, places, strict=True)
        )
    )


@statement("outbox.queue_session.recheck")
def recheck(sid: str | None, person: UUID, pause: timedelta) -> Sql:
    return insert(models.LogoutRecheck(sid=sid, subject=person, due=Now() + pause))


@statement("outbox.queue_late.due")
def rechecks_due(limit: int) -> QuerySet[models.LogoutRecheck]:
    due = models.LogoutRecheck.objects.select_for_update(skip_locked=True).filter(due__lte=Now())
    return limited(due.order_by("due"), limit)


@statement("outbox.queue_late.of_sessions")
def given_in_sessions(sids: Collection[str]) -> "QuerySet[models.Authorization, tuple[str, str | None, datetime]]":
    """A client, a session, and when it was given."""
    return _given().filter(sid__in=sids).values_list("client_id", "sid", "created")


@statement("outbox.queue_late.of_subject")
def given_late(person: UUID, ended_at: datetime) -> Given:
    """Only by sign-ins from before: afterwards the person may have signed in again."""
    late = _given().filter(subject=person, created__gte=ended_at - IN_FLIGHT)
    return _with_choice(late.filter(root_at__lte=ended_at))


@statement("outbox.queue_late")
def rechecked(ids: Collection[int]) -> Sql:
    return delete(models.LogoutRecheck.objects.filter(pk__in=ids))


@statement("outbox.clients_owed")
def clients_owed(limit: int) -> "QuerySet[models.LogoutDelivery, tuple[str, datetime]]":
    """A client, and since when it has waited."""
    due = models.LogoutDelivery.objects.filter(due__lte=Now()).values("client_id").annotate(since=Min("due"))
    return due.order_by("since").values_list("client_id", "since")[:limit]


@statement("outbox.claim.due")
def due(client_id: str, since: datetime | None) -> QuerySet[models.LogoutDelivery]:
    waiting = models.LogoutDelivery.objects.filter(client_id=client_id, due__lte=Now()).order_by("due")
    waiting = waiting if since is None else waiting.filter(due__gte=since)
    return limited(waiting.select_for_update(skip_locked=True), 1)


@statement("outbox.claim")
def claim(delivery_id: int, pause: timedelta) -> Sql:
    return update(_numbered(delivery_id), due=Now() + pause, attempts=F("attempts") + 1)


@statement("outbox.close")
def close(delivery: records.LogoutDelivery, outcome: str, expires: datetime, delivered: bool) -> Sql:
    at = Now() if delivered else None
    return update(_claimed(delivery), due=None, delivered_at=at, outcome=outcome, expires=expires)


@statement("outbox.postpone")
def postpone(delivery: records.LogoutDelivery, outcome: str, pause: timedelta) -> Sql:
    return update(_claimed(delivery), due=Now() + pause, outcome=outcome)


@statement("outbox.reopen")
def reopen(delivery_id: int) -> Sql:
    return update(_numbered(delivery_id).filter(due=None, delivered_at=None), due=Now(), expires=None)


@statement("outbox.of_client")
def of_client(client_id: str, limit: int, before: int | None) -> QuerySet[models.LogoutDelivery]:
    of_it = models.LogoutDelivery.objects.filter(client_id=client_id, **({} if before is None else {"pk__lt": before}))
    return of_it.order_by("-pk")[:limit]


@statement("outbox.of_id")
def of_id(delivery_id: int) -> QuerySet[models.LogoutDelivery]:
    return _numbered(delivery_id)


def _delivery(notice: Notice, **columns: Any) -> models.LogoutDelivery:
    client_id, subject, sid = notice
    return models.LogoutDelivery(client_id=client_id, subject=subject, sid=sid, **columns)


def _given() -> QuerySet[models.Authorization]:
    """What was given to clients that want notices."""
    return models.Authorization.objects.filter(Exists(_client().exclude(backchannel_logout_uri="")))


def _client() -> QuerySet[models.Client]:
    return models.Client.objects.filter(client_id=OuterRef("client_id"))


def _told_of_all(subject: str) -> QuerySet[models.Revocation]:
    """The entry that voids a sign-in with all others of the subject: who queued it told of it."""
    voiding = Q(until=None) | Q(until__gte=OuterRef("root_at"))
    return models.Revocation.objects.filter(voiding, key=journal.subject(subject))


def _with_choice(authorizations: QuerySet[models.Authorization]) -> Given:
    by_session = Exists(_client().filter(backchannel_logout_session_required=True))
    return authorizations.annotate(by_session=by_session).values_list("client_id", "sid", "by_session").distinct()


def _claimed(delivery: records.LogoutDelivery) -> QuerySet[models.LogoutDelivery]:
    """The row, as long as nobody claimed it later."""
    return _numbered(int(delivery.id)).filter(attempts=delivery.attempts, due__isnull=False)


def _numbered(delivery_id: int) -> QuerySet[models.LogoutDelivery]:
    return models.LogoutDelivery.objects.filter(pk=delivery_id)
