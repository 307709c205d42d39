"""Client assertions that were shown."""

from datetime import datetime

from tokens import models
from tokens.stores.orm.statements.insert_new import insert_new
from tokens.stores.orm.statements.sql import Sql
from tokens.stores.orm.statements.statement import statement


@statement("client_assertions.use")
def use(key: str, expires: datetime) -> Sql:
    return insert_new(models.ClientAssertion(key=key, expires=expires))
