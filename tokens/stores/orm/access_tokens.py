"""Opaque access tokens."""

from datetime import datetime

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable


class AccessTokens:
    def add(self, token: records.AccessToken) -> None:
        models.AccessToken(key=token.key, claims=dict(token.claims), expires=token.expires).save(force_insert=True)

    def get(self, key: Key, now: datetime) -> records.AccessToken | None:
        if not storable(key, models.KEY):
            return None
        row = models.AccessToken.objects.filter(key=key, expires__gt=now).first()
        return records.AccessToken(key=Key(row.key), claims=row.claims, expires=row.expires) if row else None
