"""SQL with its values, written by hand or by Django's compilers, and how it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import DeleteQuery, InsertQuery, UpdateQuery

from accounts.ground import upserts
from accounts.ground.dialects import dialect
from accounts.ground.taken_back import despite_collision


@dataclass(frozen=True, slots=True)
class Sql:
    text: str
    values: Sequence[Any] = ()

    def run(self) -> int:
        """How many rows it wrote or answered."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.values)
            count: int = cursor.rowcount
        return count

    def rows(self, *models: type[Model]) -> list[tuple[Any, ...]]:
        """What it answers, where that is all columns of the models, side by side: a row of each."""
        fields = [list(model._meta.concrete_fields) for model in models]
        columns = [
            field.get_col(model._meta.db_table) for model, own in zip(models, fields, strict=True) for field in own
        ]
        compiler = models[0]._default_manager.all().query.get_compiler(DEFAULT_DB_ALIAS)
        converters = compiler.get_converters(columns)
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.values)
            answered = [list(row) for row in cursor.fetchall()]
        return [_side_by_side(models, row) for row in compiler.apply_converters(answered, converters)]

    def all(self) -> list[tuple[Any, ...]]:
        """Every row that it answers, as the database has it."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.values)
            return list(cursor.fetchall())

    def row(self) -> Sequence[Any]:
        """The first row that it answers."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.values)
            row: Sequence[Any] = cursor.fetchone()
        return row


@dataclass(frozen=True, slots=True)
class Upsert(Sql):
    def run(self) -> int:
        return despite_collision(lambda: Sql.run(self))


def _side_by_side(models: Sequence[type[Model]], values: Sequence[Any]) -> tuple[Any, ...]:
    rows, rest = [], list(values)
    for model in models:
        names = [field.attname for field in model._meta.concrete_fields]
        rows.append(model.from_db(DEFAULT_DB_ALIAS, names, rest[: len(names)]))
        del rest[: len(names)]
    return tuple(rows)


def update(rows: QuerySet[Any], /, **columns: Any) -> Sql:
    query: UpdateQuery = rows.query.chain(UpdateQuery)  # type: ignore[assignment]  # of the class that it is given
    query.add_update_values(columns)
    return Sql(*query.get_compiler(DEFAULT_DB_ALIAS).as_sql())


def delete(rows: QuerySet[Any]) -> Sql:
    """What names them stays: no foreign key is followed."""
    return Sql(*rows.query.chain(DeleteQuery).get_compiler(DEFAULT_DB_ALIAS).as_sql())


def upsert(row: Model, unique: Sequence[str], columns: Sequence[str]) -> Upsert:
    """A new row, or these columns of the one that has the same values in `unique`."""
    quote, excluded, fields = connection.ops.quote_name, dialect().excluded, filled(row)
    text = upserts.upsert(
        row._meta.db_table,
        unique,
        {str(field.column): "%s" for field in fields},
        {column: excluded.format(quote(column)) for column in columns},
    )
    return Upsert(text, [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields])


def insert(*rows: Model) -> Sql:
    """New rows of one model."""
    query = InsertQuery(type(rows[0]))
    query.insert_values(filled(rows[0]), list(rows))
    [(text, values)] = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return Sql(text, values)


def filled(row: Model) -> list[Any]:
    """The fields that the row has values for. What the database fills in by itself is left to it."""
    fields = [field for field in row._meta.concrete_fields if field is not row._meta.auto_field or row.pk is not None]
    return [field for field in fields if not isinstance(getattr(row, field.attname), DatabaseDefault)]
