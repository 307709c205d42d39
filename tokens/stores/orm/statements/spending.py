"""Spends a client's row once. The conditional UPDATE is the lock; the row stays, as the mark of a replay."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from tokens import models
from tokens.protocol.handles import Key
from tokens.stores.orm.identifiers import storable
from tokens.stores.orm.statements.columns import columns
from tokens.stores.orm.statements.dialects import dialect
from tokens.stores.orm.statements.statement import Statement

Spendable = TypeVar("Spendable", models.AuthorizationCode, models.RefreshToken)


def of_client(model: type[Spendable], key: Key, client_id: str) -> QuerySet[Spendable]:
    """The client's row of that key, as it is."""
    if not storable(key, models.KEY) or not storable(client_id, models.CLIENT_ID):
        return model._default_manager.none()
    return model._default_manager.filter(key=key, client_id=client_id)


def spend(model: type[Spendable], key: Key, client_id: str, now: datetime) -> Spendable | None:
    """The row for the one caller who spent it, None for everybody else."""
    if not storable(key, models.KEY) or not storable(client_id, models.CLIENT_ID):
        return None
    return (_returning if _can_return() else _then_read)(model, key, client_id, now)


def _can_return() -> bool:
    """SQLite learned both at once: one that cannot say what an INSERT did is too old to say what an UPDATE did."""
    return dialect().returning and connection.features.can_return_columns_from_insert


def _spending(model: type[Model]) -> str:
    return f"""
        UPDATE {connection.ops.quote_name(model._meta.db_table)} SET spent_at = %s
        WHERE key = %s AND client_id = %s AND spent_at IS NULL AND expires > %s
        RETURNING {", ".join(columns(model))}
    """  # noqa: S608 names of ours


def _statement(name: str, model: type[Model]) -> Statement:
    return Statement(name=name, parameters=("now", "key", "client_id", "now"), sql=partial(_spending, model))


SPEND: Mapping[type[Model], Statement] = {
    models.AuthorizationCode: _statement("codes.consume", models.AuthorizationCode),
    models.RefreshToken: _statement("refresh_tokens.consume", models.RefreshToken),
}
"""For databases whose UPDATE says what it changed."""


def _returning(model: type[Spendable], key: Key, client_id: str, now: datetime) -> Spendable | None:
    instant = connection.ops.adapt_datetimefield_value(now)
    rows = SPEND[model].rows(model, now=instant, key=key, client_id=client_id)
    return rows[0] if rows else None


@transaction.atomic(savepoint=False)
def _then_read(model: type[Spendable], key: Key, client_id: str, now: datetime) -> Spendable | None:
    """Who spent it reads it before anybody else can: the row is theirs until the transaction ends."""
    rows = of_client(model, key, client_id)
    spent = rows.filter(spent_at=None, expires__gt=now).update(spent_at=now)
    return rows.first() if spent else None
