"""Opaque access tokens."""

from datetime import datetime

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import record_of, row_of


class AccessTokens:
    def add(self, token: records.AccessToken) -> None:
        row_of(models.AccessToken, token).save(force_insert=True)

    def get(self, key: Key, now: datetime) -> records.AccessToken | None:
        if not storable(key, models.KEY):
            return None
        row = models.AccessToken.objects.filter(key=key, expires__gt=now).first()
        return record_of(records.AccessToken, row) if row else None
