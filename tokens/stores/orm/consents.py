"""What people allowed clients: one row for a person and a client."""

from datetime import datetime

from django.db import connection

from accounts.ground.uuids import canonical_uuid
from tokens import models
from tokens.protocol import records
from tokens.stores.base.whose import Whose
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import record_of, row_of
from tokens.stores.orm.statements.ownership import owned_by


class Consents:
    def get(self, subject: str, client_id: str, now: datetime) -> records.Consent | None:
        person = canonical_uuid(subject)
        if person is None or not storable(client_id, models.CLIENT_ID):
            return None
        row = models.Consent.objects.filter(subject=person, client_id=client_id, expires__gt=now).first()
        return record_of(records.Consent, row) if row else None

    def grant(self, consent: records.Consent) -> None:
        row = row_of(models.Consent, consent)
        can_tell = connection.features.supports_update_conflicts_with_target
        models.Consent.objects.bulk_create(
            [row],
            update_conflicts=True,
            # MariaDB takes any key for the one that conflicts: ids are never alike, so it is the pair.
            unique_fields=["subject", "client_id"] if can_tell else None,
            update_fields=["scope", "claims", "resource", "granted_at", "expires"],
        )

    def withdraw(self, consent_id: str) -> None:
        if storable(consent_id, models.HANDLE):
            models.Consent.objects.filter(pk=consent_id).delete()

    def find(self, whose: Whose, limit: int, after: str = "") -> list[records.Consent]:
        rows = owned_by(models.Consent, whose).filter(pk__gt=after).order_by("pk")
        return [record_of(records.Consent, row) for row in rows[:limit]]

    def of_id(self, consent_id: str) -> records.Consent | None:
        if not storable(consent_id, models.HANDLE):
            return None
        row = models.Consent.objects.filter(pk=consent_id).first()
        return record_of(records.Consent, row) if row else None
