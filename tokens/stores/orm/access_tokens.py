"""Opaque access tokens."""

from datetime import datetime

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only, record_of
from tokens.stores.orm.statements import access_tokens


class AccessTokens:
    def add(self, token: records.AccessToken) -> None:
        access_tokens.add(token).send()

    def get(self, key: Key, now: datetime) -> records.AccessToken | None:
        row = only(access_tokens.get(key, now)) if storable(key, models.KEY) else None
        return record_of(records.AccessToken, row) if row else None
