"""Refresh tokens: children of an authorization, which alone says whether they are void."""

from datetime import datetime

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.spending import of_client, spend


class RefreshTokens:
    def add(self, token: records.RefreshToken) -> None:
        row_of(token).save(force_insert=True)

    def consume(self, key: Key, client_id: str, now: datetime) -> records.RefreshToken | None:
        row = spend(models.RefreshToken, key, client_id, now)
        return _refresh_token(row) if row else None

    def get(self, key: Key, client_id: str) -> records.RefreshToken | None:
        row = of_client(models.RefreshToken, key, client_id).first()
        return _refresh_token(row) if row else None

    def extend(self, key: Key, expires: datetime) -> None:
        if storable(key, models.KEY):
            unspent = models.RefreshToken.objects.filter(key=key, spent_at=None)
            unspent.filter(expires__lt=expires).update(expires=expires)


def row_of(token: records.RefreshToken) -> models.RefreshToken:
    return models.RefreshToken(
        key=token.key,
        authorization_id=token.authorization_id,
        client_id=token.client_id,
        generation=token.generation,
        scope=" ".join(token.scope),
        expires=token.expires,
        spent_at=token.spent_at,
        confirmation=token.confirmation.cnf or None,
    )


def _refresh_token(row: models.RefreshToken) -> records.RefreshToken:
    return records.RefreshToken(
        key=Key(row.key),
        authorization_id=row.authorization_id,
        client_id=row.client_id,
        generation=row.generation,
        scope=tuple(row.scope.split()),
        expires=row.expires,
        spent_at=row.spent_at,
        confirmation=records.Confirmation.of(row.confirmation or {}),
    )
