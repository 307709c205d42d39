"""Refresh tokens."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.ground.dialects import can_return, can_write_in_cte
from accounts.ground.sql.inserting import insert
from accounts.ground.sql.sql import Sql, delete, update
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import records
from tokens.stores.orm.rows import row_of
from tokens.stores.orm.statements import spending


def row(token: records.RefreshToken) -> models.RefreshToken:
    return row_of(models.RefreshToken, token, confirmation=token.confirmation.cnf or None)


@statement("refresh_tokens.add")
def add(refresh_token: records.RefreshToken) -> Sql:
    return insert(row(refresh_token))


@statement("refresh_tokens.add.forget", once=True)
def forget(key: str) -> Sql:
    return delete(models.RefreshToken.objects.filter(key=key, spent_at__isnull=False))


@statement("refresh_tokens.add.replace", needs=can_write_in_cte)
def replace(refresh_token: records.RefreshToken, key: str) -> Sql:
    """Both at once. Neither waits for the other's row: one is new."""
    gone, new = forget(key), add(refresh_token)
    return Sql(f"WITH gone AS ({gone.text}) {new.text}", [*gone.values, *new.values])


@statement("refresh_tokens.get", once=True)
def get(key: str, client_id: str) -> QuerySet[models.RefreshToken]:
    return spending.of_client(models.RefreshToken, key, client_id)


@statement("refresh_tokens.consume", needs=can_return, once=True)
def consume(key: str, client_id: str, now: datetime) -> Sql:
    return spending.spend(models.RefreshToken, key, client_id, now)


@statement("refresh_tokens.consume.mark", once=True)
def mark(key: str, client_id: str, now: datetime) -> Sql:
    return spending.mark(models.RefreshToken, key, client_id, now)


@statement("refresh_tokens.extend", once=True)
def extend(key: str, expires: datetime) -> Sql:
    return update(models.RefreshToken.objects.filter(key=key, spent_at=None, expires__lt=expires), expires=expires)
