"""Authorization codes."""

from datetime import datetime

from tokens import models
from tokens.protocol import records
from tokens.protocol.handles import Key
from tokens.stores.orm.rows import record_of, row_of
from tokens.stores.orm.statements.spending import of_client, spend
from tokens.stores.orm.statements.unless_void import add_unless_void


class Codes:
    def add(self, code: records.AuthorizationCode) -> bool:
        row = row_of(models.AuthorizationCode, code, client_id=code.authorization.client_id)
        return add_unless_void(code.authorization, [row])

    def consume(self, key: Key, client_id: str, now: datetime) -> records.AuthorizationCode | None:
        row = spend(models.AuthorizationCode, key, client_id, now)
        return record_of(records.AuthorizationCode, row) if row else None

    def get(self, key: Key, client_id: str) -> records.AuthorizationCode | None:
        row = of_client(models.AuthorizationCode, key, client_id).first()
        return record_of(records.AuthorizationCode, row) if row else None
