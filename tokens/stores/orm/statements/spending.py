"""Spends a client's row once. The conditional UPDATE is the lock; the row stays, as the mark of a replay."""

from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.db.models import QuerySet

from accounts.ground.sql import answers
from accounts.ground.sql.sql import Sql, update
from tokens import models
from tokens.stores.orm.statements.columns import columns

Spendable = TypeVar("Spendable", models.AuthorizationCode, models.RefreshToken)


def of_client(model: type[Spendable], key: str, client_id: str) -> QuerySet[Spendable]:
    """The client's row of that key, as it is."""
    return model._default_manager.filter(key=key, client_id=client_id)


def spend(model: type[Spendable], key: str, client_id: str, now: datetime) -> Sql:
    """For databases whose UPDATE says what it changed."""
    instant = connection.ops.adapt_datetimefield_value(now)
    text = f"""
        UPDATE {connection.ops.quote_name(model._meta.db_table)} SET spent_at = %s
        WHERE key = %s AND client_id = %s AND spent_at IS NULL AND expires > %s
        RETURNING {", ".join(columns(model))}
    """  # noqa: S608 names of ours
    return Sql(text, [instant, key, client_id, instant], answers.of(model))


def mark(model: type[Spendable], key: str, client_id: str, now: datetime) -> Sql:
    """For the others: the row is read afterwards."""
    return update(of_client(model, key, client_id).filter(spent_at=None, expires__gt=now), spent_at=now)
