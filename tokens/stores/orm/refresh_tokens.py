"""Refresh tokens: children of an authorization, which says whether they are void."""

from datetime import datetime

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import record_of, row_of
from tokens.stores.orm.statements.spending import of_client, spend


class RefreshTokens:
    def add(self, token: records.RefreshToken) -> None:
        as_row(token).save(force_insert=True)

    def consume(self, key: Key, client_id: str, now: datetime) -> records.RefreshToken | None:
        row = spend(models.RefreshToken, key, client_id, now)
        return _record_of(row) if row else None

    def get(self, key: Key, client_id: str) -> records.RefreshToken | None:
        row = of_client(models.RefreshToken, key, client_id).first()
        return _record_of(row) if row else None

    def extend(self, key: Key, expires: datetime) -> None:
        if storable(key, models.KEY):
            unspent = models.RefreshToken.objects.filter(key=key, spent_at=None)
            unspent.filter(expires__lt=expires).update(expires=expires)


def as_row(token: records.RefreshToken) -> models.RefreshToken:
    return row_of(models.RefreshToken, token, confirmation=token.confirmation.cnf or None)


def _record_of(row: models.RefreshToken) -> records.RefreshToken:
    return record_of(records.RefreshToken, row, confirmation=records.Confirmation.of(row.confirmation or {}))
