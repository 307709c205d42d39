"""Authorizations, judged by the journal in the statement that adds or reads them."""

from datetime import datetime

from django.db import connection

from tokens import models
from tokens.protocol import records
from tokens.stores.base.whose import Whose
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.refresh_tokens import as_row
from tokens.stores.orm.rows import record_of, row_of
from tokens.stores.orm.statements.authorizations import GOOD
from tokens.stores.orm.statements.ownership import owned_by
from tokens.stores.orm.statements.unless_void import add_unless_void


class Authorizations:
    def add(self, authorization: records.Authorization, first: records.RefreshToken | None = None) -> bool:
        children = [as_row(first)] if first is not None else []
        return add_unless_void(authorization, [_row_of(authorization), *children])

    def get(self, authorization_id: str, now: datetime) -> records.Authorization | None:
        if not storable(authorization_id, models.HANDLE):
            return None
        instant = connection.ops.adapt_datetimefield_value(now)
        rows = GOOD.rows(models.Authorization, id=authorization_id, now=instant)
        return _record_of(rows[0]) if rows else None

    def find(self, whose: Whose, limit: int, after: str = "") -> list[records.Authorization]:
        rows = owned_by(models.Authorization, whose).filter(pk__gt=after).order_by("pk")
        return [_record_of(row) for row in rows[:limit]]

    def of_id(self, authorization_id: str) -> records.Authorization | None:
        if not storable(authorization_id, models.HANDLE):
            return None
        row = models.Authorization.objects.filter(pk=authorization_id).first()
        return _record_of(row) if row else None


def _row_of(authorization: records.Authorization) -> models.Authorization:
    return row_of(models.Authorization, authorization, kept_until=authorization.kept_until or authorization.expires)


def _record_of(row: models.Authorization) -> records.Authorization:
    kept_until = row.kept_until if row.kept_until != row.expires else None
    return record_of(records.Authorization, row, kept_until=kept_until)
