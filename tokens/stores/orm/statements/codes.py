"""Authorization codes."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.ground.dialects import can_return
from accounts.ground.sql.sql import Sql
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import records
from tokens.stores.orm.rows import row_of
from tokens.stores.orm.statements import spending
from tokens.stores.orm.statements.unless_void import insert_unless_void


@statement("codes.add")
def add(code: records.AuthorizationCode) -> Sql:
    row = row_of(models.AuthorizationCode, code, client_id=code.authorization.client_id)
    return insert_unless_void(code.authorization, row)


@statement("codes.get", once=True)
def get(key: str, client_id: str) -> QuerySet[models.AuthorizationCode]:
    return spending.of_client(models.AuthorizationCode, key, client_id)


@statement("codes.consume", needs=can_return, once=True)
def consume(key: str, client_id: str, now: datetime) -> Sql:
    return spending.spend(models.AuthorizationCode, key, client_id, now)


@statement("codes.consume.mark", once=True)
def mark(key: str, client_id: str, now: datetime) -> Sql:
    return spending.mark(models.AuthorizationCode, key, client_id, now)
