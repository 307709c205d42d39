"""SQL with its values, written by hand or by Django's compilers, and how it runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BooleanField, CharField, DateTimeField, Field, Model, QuerySet, TextField, UUIDField
from django.db.models.constants import OnConflict
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import DeleteQuery, InsertQuery, UpdateQuery

from tokens.stores.orm.statements import answers
from tokens.stores.orm.statements.answers import Read


@dataclass(frozen=True, slots=True)
class Sql:
    text: str
    """Empty where nothing can be answered, and nobody is asked."""
    values: Sequence[Any] = ()
    read: Read | None = None
    """None where nobody reads what it answers, or where that is read as the database has it."""

    def run(self) -> int:
        """How many rows it wrote or answered."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.values)
            count: int = cursor.rowcount
        return count

    def __iter__(self) -> Iterator[Any]:
        """Every row that it answers."""
        rows = self.all()
        return iter(rows if self.read is None else self.read(rows))

    def all(self) -> list[tuple[Any, ...]]:
        """Every row that it answers, as the database has it."""
        if not self.text:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.values)
            return list(cursor.fetchall())

    def row(self) -> Sequence[Any]:
        """The first row that it answers."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.values)
            row: Sequence[Any] = cursor.fetchone()
        return row


def select(rows: QuerySet[Any]) -> Sql:
    """What Django's compiler writes for it."""
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        text, values = compiler.as_sql()
    except EmptyResultSet:
        return Sql("")
    wanted = [column for column, *_ in compiler.select[: compiler.col_count]]
    return Sql(text, values, answers.reader(answers.shape(rows), compiler.get_converters(wanted)))


def update(rows: QuerySet[Any], /, **columns: Any) -> Sql:
    query: UpdateQuery = rows.query.chain(UpdateQuery)  # type: ignore[assignment]  # of the class that it is given
    query.add_update_values(columns)
    return Sql(*query.get_compiler(DEFAULT_DB_ALIAS).as_sql())


def delete(rows: QuerySet[Any]) -> Sql:
    """What names them stays: no foreign key is followed."""
    return Sql(*rows.query.chain(DeleteQuery).get_compiler(DEFAULT_DB_ALIAS).as_sql())


def insert(*rows: Model) -> Sql:
    """New rows of one model."""
    fields = filled(rows[0])
    values = [prepared(row, fields) for row in rows]
    if any(hasattr(value, "as_sql") for row in values for value in row):
        return _insert(rows, InsertQuery(type(rows[0])))
    into, places = _into(connection.vendor, tuple(fields))
    return Sql(f"{into} VALUES {', '.join([f'({places})'] * len(rows))}", [value for row in values for value in row])


def insert_select(row: Model) -> tuple[str, list[Any]]:
    """An INSERT of the row that takes a condition, and its values."""
    fields = filled(row)
    into, places = _into(connection.vendor, tuple(fields))
    return f"{into} SELECT {places}", prepared(row, fields)


def prepared(row: Model, fields: Sequence["Field[Any, Any]"]) -> list[Any]:
    """The row's values as the driver takes them."""
    values = [(field.pre_save(row, True), field, _plain(connection.vendor, field)) for field in fields]
    return [
        value if value is None or isinstance(value, plain) else field.get_db_prep_save(value, connection)
        for value, field, plain in values
    ]


@cache
def _into(vendor: str, fields: tuple["Field[Any, Any]", ...]) -> tuple[str, str]:
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    return f"INSERT INTO {quote(fields[0].model._meta.db_table)} ({names})", ", ".join(["%s"] * len(fields))


@cache
def _plain(vendor: str, field: "Field[Any, Any]") -> type | tuple[()]:
    """The type whose values a database takes for the field as they are."""
    tried = next((value for kind, value in _TRIED.items() if isinstance(field, kind)), None)
    return type(tried) if tried is not None and field.get_db_prep_save(tried, connection) is tried else ()


_TRIED: Mapping[type["Field[Any, Any]"], Any] = {
    CharField: "text",
    TextField: "text",
    DateTimeField: datetime(2000, 1, 1, tzinfo=UTC),
    UUIDField: UUID(int=1),
    BooleanField: True,
}


def upsert(row: Model, unique: Sequence[str], columns: Sequence[str]) -> Sql:
    """A new row, or these columns of the one that has the same values in `unique`."""
    # MariaDB takes any key for the one that conflicts.
    target = unique if connection.features.supports_update_conflicts_with_target else ()
    find = row._meta.get_field
    query = InsertQuery(
        type(row),
        on_conflict=OnConflict.UPDATE,
        update_fields=[find(name) for name in columns],
        unique_fields=[find(name) for name in target],
    )
    return _insert([row], query)


def _insert(rows: Sequence[Model], query: InsertQuery) -> Sql:
    query.insert_values(filled(rows[0]), list(rows))
    [(text, values)] = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return Sql(text, values)


def filled(row: Model) -> list[Any]:
    """The fields that the row has values for. What the database fills in by itself is left to it."""
    fields = [field for field in row._meta.concrete_fields if field is not row._meta.auto_field or row.pk is not None]
    return [field for field in fields if not isinstance(getattr(row, field.attname), DatabaseDefault)]
