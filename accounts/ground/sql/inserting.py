"""New rows: the texts that add them, written once a process, and their values as the driver takes them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BooleanField, CharField, DateTimeField, Field, Model, TextField, UUIDField
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import InsertQuery

from accounts.ground import upserts
from accounts.ground.dialects import dialect
from accounts.ground.sql.sql import Sql, Upsert

Columns = tuple["Field[Any, Any]", ...]


def insert(*rows: Model) -> Sql:
    """New rows of one model."""
    fields = _filled(rows[0])
    if len(rows) == 1:
        values = _prepared(rows[0], fields)
        if not any(hasattr(value, "as_sql") for value in values):
            into, places = _into(connection.display_name, fields)
            return Sql(f"{into} VALUES ({places})", values)
    query = InsertQuery(type(rows[0]))
    query.insert_values(fields, list(rows))
    [(text, values)] = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return Sql(text, values)


def insert_select(row: Model) -> tuple[str, list[Any]]:
    """An INSERT of the row that takes a condition, and its values."""
    fields = _filled(row)
    into, places = _into(connection.display_name, fields)
    return f"{into} SELECT {places}{dialect().no_table}", _prepared(row, fields)


def upsert(row: Model, unique: Sequence[str], columns: Sequence[str]) -> Upsert:
    """A new row, or these columns of the one that has the same values in `unique`."""
    quote, excluded, fields = connection.ops.quote_name, dialect().excluded, _filled(row)
    text = upserts.upsert(
        row._meta.db_table,
        unique,
        {str(field.column): "%s" for field in fields},
        {column: excluded.format(quote(column)) for column in columns},
    )
    return Upsert(text, _prepared(row, fields))


def _filled(row: Model) -> Columns:
    """The fields that the row has values for. What the database fills in by itself is left to it."""
    fields = [field for field in row._meta.concrete_fields if field is not row._meta.auto_field or row.pk is not None]
    return tuple(field for field in fields if not isinstance(getattr(row, field.attname), DatabaseDefault))


def _prepared(row: Model, fields: Columns) -> list[Any]:
    values = [(field.pre_save(row, True), field, _plain(connection.display_name, field)) for field in fields]
    return [
        value if value is None or isinstance(value, plain) else field.get_db_prep_save(value, connection)
        for value, field, plain in values
    ]


@cache
def _into(database: str, fields: Columns) -> tuple[str, str]:
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    return f"INSERT INTO {quote(fields[0].model._meta.db_table)} ({names})", ", ".join(["%s"] * len(fields))


@cache
def _plain(database: str, field: "Field[Any, Any]") -> type | tuple[()]:
    """The type whose values the database takes for the field as they are."""
    tried = next((value for kind, value in _TRIED.items() if isinstance(field, kind)), None)
    return type(tried) if tried is not None and field.get_db_prep_save(tried, connection) is tried else ()


_TRIED: Mapping[type["Field[Any, Any]"], Any] = {
    CharField: "text",
    TextField: "text",
    DateTimeField: datetime(2000, 1, 1, tzinfo=UTC),
    UUIDField: UUID(int=1),
    BooleanField: True,
}
