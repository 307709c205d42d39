"""Authorizations, judged by the journal in the statement that adds or reads them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from tokens import models
from tokens.protocol import journal, records
from tokens.protocol.journal import Cause
from tokens.stores.base.whose import Whose
from tokens.stores.orm import clients
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.rows import only, record_of
from tokens.stores.orm.statements import authorizations, refresh_tokens


class Authorizations:
    def add(self, authorization: records.Authorization, first: records.RefreshToken | None = None) -> bool:
        if first is None:
            return authorizations.add(authorization).run() == 1
        if authorizations.add_with_first.runs_here():
            return authorizations.add_with_first(authorization, first).run() == 1
        with transaction.atomic(savepoint=False):
            return authorizations.add(authorization).run() == 1 and refresh_tokens.add(first).run() == 1

    def get(self, authorization_id: str, now: datetime) -> records.Authorization | None:
        if not storable(authorization_id, models.HANDLE):
            return None
        row = only(authorizations.get(authorization_id, now))
        return _record_of(row) if row else None

    def with_client(self, authorization_id: str, now: datetime) -> tuple[records.Authorization, records.Client] | None:
        if not storable(authorization_id, models.HANDLE):
            return None
        rows = only(authorizations.with_client(authorization_id, now))
        return (_record_of(rows[0]), clients.record_of(rows[1])) if rows else None

    def causes(self, authorization_ids: Collection[str], now: datetime) -> Mapping[str, Cause]:
        ids = [each for each in authorization_ids if storable(each, models.HANDLE)]
        held = authorizations.causes(ids, now).all() if ids else []
        void: dict[str, list[str]] = {row[0]: [] for row in held}
        for authorization_id, key, *_ in held:
            void[authorization_id] += [key] if key is not None else []
        judged = {
            authorization_id: journal.cause(void[authorization_id], has_client=has_client, has_expired=has_expired)
            for authorization_id, _, has_client, has_expired in held
        }
        return {authorization_id: cause for authorization_id, cause in judged.items() if cause is not None}

    def session_told(self, client_id: str, told_sid: str) -> str | None:
        if not storable(client_id, models.CLIENT_ID) or not storable(told_sid, models.HANDLE):
            return None
        return only(authorizations.session_told(client_id, told_sid))

    def clients_of(self, sid: str, limit: int) -> list[records.Client]:
        if not storable(sid, models.HANDLE):
            return []
        return [clients.record_of(row) for row in authorizations.clients_of(sid, limit)]

    def find(self, whose: Whose, limit: int, after: str = "") -> list[records.Authorization]:
        return [_record_of(row) for row in authorizations.find(whose, limit, after)]

    def of_id(self, authorization_id: str) -> records.Authorization | None:
        if not storable(authorization_id, models.HANDLE):
            return None
        row = only(authorizations.of_id(authorization_id))
        return _record_of(row) if row else None


def _record_of(row: models.Authorization) -> records.Authorization:
    kept_until = row.kept_until if row.kept_until != row.expires else None
    return record_of(records.Authorization, row, kept_until=kept_until)
