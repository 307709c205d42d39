"""Authorizations, and the journal of those that were revoked: a row of it voids whatever it names, there or to come."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists

from tokens import models
from tokens.protocol import records
from tokens.stores.orm.identifiers import storable


class Authorizations:
    def add_authorization(self, authorization: records.Authorization) -> None:
        models.Authorization.objects.create(
            id=authorization.id,
            client_id=authorization.client_id,
            subject=UUID(authorization.subject),
            sid=authorization.sid,
            scope=" ".join(authorization.scope),
            auth_time=authorization.auth_time,
            acr=authorization.acr,
            amr=list(authorization.amr),
            root_at=authorization.root_at,
            expires=authorization.expires,
        )

    def authorization(self, authorization_id: str, now: datetime) -> records.Authorization | None:
        if not storable(authorization_id, models.HANDLE):
            return None
        revoked = Exists(models.Revocation.objects.filter(key=_key(authorization_id)))
        row = models.Authorization.objects.filter(~revoked, id=authorization_id, expires__gt=now).first()
        return _authorization(row) if row else None

    def revoke_authorization(self, authorization_id: str, expires: datetime) -> None:
        entry = models.Revocation(key=_key(authorization_id), expires=expires)
        models.Revocation.objects.bulk_create([entry], ignore_conflicts=True)


def _key(authorization_id: str) -> str:
    return f"authorization:{authorization_id}"


def _authorization(row: models.Authorization) -> records.Authorization:
    return records.Authorization(
        id=row.id,
        client_id=row.client_id,
        subject=str(row.subject),
        sid=row.sid,
        scope=tuple(row.scope.split()),
        auth_time=row.auth_time,
        acr=row.acr,
        amr=tuple(row.amr),
        root_at=row.root_at,
        expires=row.expires,
    )
