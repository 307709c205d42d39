"""Authorization codes."""

from datetime import datetime

from django.db import transaction

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only, record_of
from tokens.stores.orm.statements import codes


class Codes:
    def add(self, code: records.AuthorizationCode) -> bool:
        return codes.add(code).run() == 1

    def consume(self, key: Key, client_id: str, now: datetime) -> records.AuthorizationCode | None:
        if not _can_be(key, client_id):
            return None
        row = (_consume if codes.consume.runs_here() else _mark_and_read)(key, client_id, now)
        return record_of(records.AuthorizationCode, row) if row else None

    def get(self, key: Key, client_id: str) -> records.AuthorizationCode | None:
        row = only(codes.get(key, client_id)) if _can_be(key, client_id) else None
        return record_of(records.AuthorizationCode, row) if row else None


def _can_be(key: Key, client_id: str) -> bool:
    return storable(key, models.KEY) and storable(client_id, models.CLIENT_ID)


def _consume(key: Key, client_id: str, now: datetime) -> models.AuthorizationCode | None:
    return only(codes.consume(key, client_id, now))


@transaction.atomic(savepoint=False)
def _mark_and_read(key: Key, client_id: str, now: datetime) -> models.AuthorizationCode | None:
    """Who spent it reads it before anybody else can: the row is theirs until the transaction ends."""
    return only(codes.get(key, client_id)) if codes.mark(key, client_id, now).run() else None
