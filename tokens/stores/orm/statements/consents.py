"""What people allowed clients."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.ground.sql.inserting import upsert
from accounts.ground.sql.sql import Sql, delete, update
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import records
from tokens.stores.base.whose import Whose
from tokens.stores.orm.rows import row_of
from tokens.stores.orm.statements.ownership import owned_by

RENEWED = ("scope", "claims", "resource", "granted_at", "expires")
"""The columns that a new grant writes over; the id stays."""


@statement("consents.get", once=True)
def get(person: UUID, client_id: str, now: datetime) -> QuerySet[models.Consent]:
    return models.Consent.objects.filter(subject=person, client_id=client_id, expires__gt=now)


@statement("consents.allowed")
def allowed(person: UUID, now: datetime, limit: int, after: str) -> QuerySet[models.Consent]:
    held = models.Consent.objects.filter(subject=person, client_id__gt=after, expires__gt=now)
    return held.order_by("client_id")[:limit]


@statement("consents.grant")
def grant(consent: records.Consent) -> Sql:
    return upsert(row_of(models.Consent, consent), unique=("subject", "client_id"), columns=RENEWED)


@statement("consents.renew")
def renew(consent: records.Consent) -> Sql:
    row = row_of(models.Consent, consent)
    return update(models.Consent.objects.filter(pk=consent.id), **{column: getattr(row, column) for column in RENEWED})


@statement("consents.withdraw")
def withdraw(consent_id: str) -> Sql:
    return delete(of_id(consent_id))


@statement("consents.find")
def find(whose: Whose, limit: int, after: str) -> QuerySet[models.Consent]:
    return owned_by(models.Consent, whose).filter(pk__gt=after).order_by("pk")[:limit]


@statement("consents.of_id")
def of_id(consent_id: str) -> QuerySet[models.Consent]:
    return models.Consent.objects.filter(pk=consent_id)
