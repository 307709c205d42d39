"""Refresh tokens: children of an authorization, which says whether they are void."""

from datetime import datetime

from django.db import transaction

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only, record_of
from tokens.stores.orm.statements import refresh_tokens


class RefreshTokens:
    def add(self, token: records.RefreshToken, forget: Key | None = None) -> None:
        if forget is None:
            refresh_tokens.add(token).send()
        elif refresh_tokens.replace.runs_here():
            refresh_tokens.replace(token, forget).send()
        else:
            with transaction.atomic(savepoint=False):
                refresh_tokens.add(token).send()
                refresh_tokens.forget(forget).send()

    def consume(self, key: Key, client_id: str, now: datetime) -> records.RefreshToken | None:
        if not _can_be(key, client_id):
            return None
        row = (_consume if refresh_tokens.consume.runs_here() else _mark_and_read)(key, client_id, now)
        return _record_of(row) if row else None

    def get(self, key: Key, client_id: str) -> records.RefreshToken | None:
        row = only(refresh_tokens.get(key, client_id)) if _can_be(key, client_id) else None
        return _record_of(row) if row else None

    def extend(self, key: Key, expires: datetime) -> None:
        if storable(key, models.KEY):
            refresh_tokens.extend(key, expires).run()


def _can_be(key: Key, client_id: str) -> bool:
    return storable(key, models.KEY) and storable(client_id, models.CLIENT_ID)


def _consume(key: Key, client_id: str, now: datetime) -> models.RefreshToken | None:
    return only(refresh_tokens.consume(key, client_id, now))


@transaction.atomic(savepoint=False)
def _mark_and_read(key: Key, client_id: str, now: datetime) -> models.RefreshToken | None:
    """Who spent it reads it before anybody else can: the row is theirs until the transaction ends."""
    return only(refresh_tokens.get(key, client_id)) if refresh_tokens.mark(key, client_id, now).run() else None


def _record_of(row: models.RefreshToken) -> records.RefreshToken:
    return record_of(records.RefreshToken, row, confirmation=records.Confirmation.of(row.confirmation or {}))
