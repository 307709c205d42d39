"""What is spent once."""

from datetime import datetime

from accounts.ground.sql.insert_new import insert_new
from accounts.ground.sql.sql import Sql
from accounts.ground.sql.statement import statement
from accounts.models import Once


@statement("once.spend")
def spend(key: str, ends: datetime) -> Sql:
    return insert_new(Once(key=key, expires=ends))
