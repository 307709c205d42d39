"""Opaque access tokens."""

from datetime import datetime

from django.db.models import QuerySet

from tokens import models
from tokens.protocol import records
from tokens.stores.orm.rows import row_of
from tokens.stores.orm.statements.inserting import insert
from tokens.stores.orm.statements.sql import Sql
from tokens.stores.orm.statements.statement import statement


@statement("access_tokens.add")
def add(access_token: records.AccessToken) -> Sql:
    return insert(row_of(models.AccessToken, access_token))


@statement("access_tokens.get", once=True)
def get(key: str, now: datetime) -> QuerySet[models.AccessToken]:
    return models.AccessToken.objects.filter(key=key, expires__gt=now)
