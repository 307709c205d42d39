"""Client assertions that were shown."""

from datetime import datetime

from accounts.ground.sql.insert_new import insert_new
from accounts.ground.sql.sql import Sql
from accounts.ground.sql.statement import statement
from tokens import models


@statement("client_assertions.use")
def use(key: str, expires: datetime) -> Sql:
    return insert_new(models.ClientAssertion(key=key, expires=expires))
