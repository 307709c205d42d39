"""Opaque access tokens."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.ground.sql.inserting import insert
from accounts.ground.sql.sql import Sql
from accounts.ground.sql.statement import statement
from tokens import models
from tokens.protocol import records
from tokens.stores.orm.rows import row_of


@statement("access_tokens.add")
def add(access_token: records.AccessToken) -> Sql:
    return insert(row_of(models.AccessToken, access_token))


@statement("access_tokens.get", once=True)
def get(key: str, now: datetime) -> QuerySet[models.AccessToken]:
    return models.AccessToken.objects.filter(key=key, expires__gt=now)
