"""Authorizations, judged by the journal in the statement that adds or reads them."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import connection

from tokens import models
from tokens.protocol import records
from tokens.protocol.records import OFFLINE_ACCESS
from tokens.stores.orm import refresh_tokens
from tokens.stores.orm.claims import claims_request
from tokens.stores.orm.columns import columns
from tokens.stores.orm.dialects import dialect
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.unless_void import add_unless_void


class Authorizations:
    def add(self, authorization: records.Authorization, first: records.RefreshToken | None = None) -> bool:
        children = [refresh_tokens.row_of(first)] if first is not None else []
        return add_unless_void(authorization, [_row_of(authorization), *children])

    def get(self, authorization_id: str, now: datetime) -> records.Authorization | None:
        if not storable(authorization_id, models.HANDLE):
            return None
        instant = connection.ops.adapt_datetimefield_value(now)
        rows = list(models.Authorization.objects.raw(_good(), (authorization_id, instant)))
        return _authorization(rows[0]) if rows else None


def _good() -> str:
    """The statement for an authorization that nothing voids: `journal.of` in SQL, from the row's own ids."""
    wanted = ", ".join(f"held.{column}" for column in columns(models.Authorization))
    # An id that is NULL makes a key that is NULL, which equals nothing. `replace`: a LIKE may take case for nothing.
    return f"""
        SELECT {wanted} FROM tokens_authorization held WHERE held.id = %s AND held.expires > %s AND NOT EXISTS (
            SELECT 1 FROM tokens_revocation entry WHERE entry.key IN (
                'authorization:' || held.id,
                'subject:' || {_subject()},
                'client:' || held.client_id,
                'consent:' || held.consent_id,
                CASE WHEN replace(' ' || held.scope || ' ', ' {OFFLINE_ACCESS} ', '') = ' ' || held.scope || ' '
                     THEN 'session:' || held.sid END
            ) AND (entry.until IS NULL OR entry.until >= held.root_at)
        )
    """  # noqa: S608 names of ours


def _subject() -> str:
    """The subject as the journal spells it. A database without UUIDs holds their digits alone."""
    if connection.features.has_native_uuid_field:
        return f"CAST(held.subject AS {dialect().text})"
    return " || '-' || ".join(
        f"substr(held.subject, {start}, {length})" for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    )


def _row_of(authorization: records.Authorization) -> models.Authorization:
    return models.Authorization(
        id=authorization.id,
        client_id=authorization.client_id,
        subject=UUID(authorization.subject),
        sid=authorization.sid,
        consent_id=authorization.consent_id,
        scope=" ".join(authorization.scope),
        auth_time=authorization.auth_time,
        acr=authorization.acr,
        amr=list(authorization.amr),
        root_at=authorization.root_at,
        expires=authorization.expires,
        kept_until=authorization.kept_until or authorization.expires,
        resource=list(authorization.resource),
        claims=asdict(authorization.claims),
        family=authorization.family,
    )


def _authorization(row: models.Authorization) -> records.Authorization:
    return records.Authorization(
        id=row.id,
        client_id=row.client_id,
        subject=str(row.subject),
        sid=row.sid,
        consent_id=row.consent_id,
        scope=tuple(row.scope.split()),
        auth_time=row.auth_time,
        acr=row.acr,
        amr=tuple(row.amr),
        root_at=row.root_at,
        expires=row.expires,
        kept_until=row.kept_until if row.kept_until != row.expires else None,
        resource=tuple(row.resource),
        claims=claims_request(row.claims),
        family=row.family,
    )
