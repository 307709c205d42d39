"""What people allowed clients: one row for a person and a client."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from accounts.ground.uuids import canonical_uuid
from tokens import models
from tokens.protocol import records
from tokens.stores.orm.identifiers import storable


class Consents:
    def get(self, subject: str, client_id: str, now: datetime) -> records.Consent | None:
        person = canonical_uuid(subject)
        if person is None or not storable(client_id, models.CLIENT_ID):
            return None
        row = models.Consent.objects.filter(subject=person, client_id=client_id, expires__gt=now).first()
        return _consent(row) if row else None

    def grant(self, consent: records.Consent) -> None:
        row = models.Consent(
            consent_id=consent.id,
            subject=UUID(consent.subject),
            client_id=consent.client_id,
            scope=" ".join(consent.scope),
            claims=list(consent.claims),
            resource=list(consent.resource),
            granted_at=consent.granted_at,
            expires=consent.expires,
        )
        can_tell = connection.features.supports_update_conflicts_with_target
        models.Consent.objects.bulk_create(
            [row],
            update_conflicts=True,
            # MariaDB is not told which: there another consent with this id would do too, and ids are never alike.
            unique_fields=["subject", "client_id"] if can_tell else None,
            update_fields=["scope", "claims", "resource", "granted_at", "expires"],
        )

    def withdraw(self, consent_id: str) -> None:
        if storable(consent_id, models.HANDLE):
            models.Consent.objects.filter(consent_id=consent_id).delete()


def _consent(row: models.Consent) -> records.Consent:
    return records.Consent(
        id=row.consent_id,
        subject=str(row.subject),
        client_id=row.client_id,
        scope=tuple(row.scope.split()),
        claims=tuple(row.claims),
        resource=tuple(row.resource),
        granted_at=row.granted_at,
        expires=row.expires,
    )
