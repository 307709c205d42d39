"""A table's columns by name. Never `*`: a statement prepared before a migration would fail after it."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from accounts.ground.dialects import dialect
from tokens.stores.orm.statements.sql import filled


def columns(model: type[Model]) -> Sequence[str]:
    """Quoted, in the order of the model's fields."""
    return [connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields]


def insert_select(row: Model) -> tuple[str, list[Any]]:
    """An INSERT of the row that takes a condition, and its values."""
    quote = connection.ops.quote_name
    fields = filled(row)
    names = [quote(str(field.column)) for field in fields]
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    table = quote(row._meta.db_table)
    selected = f"SELECT {', '.join(['%s'] * len(names))}{dialect().no_table}"
    return f"INSERT INTO {table} ({', '.join(names)}) {selected}", values
