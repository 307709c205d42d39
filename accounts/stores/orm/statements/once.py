"""What is spent once."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.ground.sql.insert_new import insert_new
from accounts.ground.sql.sql import Sql
from accounts.ground.sql.statement import statement
from accounts.models import Once


@statement("once.spend")
def spend(key: str, ends: datetime, by: str) -> Sql:
    return insert_new(Once(key=key, expires=ends, by=by))


@statement("once.spent_by", once=True)
def spent_by(key: str, by: str) -> "QuerySet[Once, tuple[str]]":
    return Once.objects.filter(key=key, by=by).values_list("by")
