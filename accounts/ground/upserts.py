"""Adds a row, or changes the one that is there: one statement, in every database's words."""

from collections.abc import Collection, Mapping

from django.db import connection

from accounts.ground.dialects import dialect


def upsert(table: str, unique: Collection[str], row: Mapping[str, str], changes: Mapping[str, str]) -> str:
    """The statement. `row`: an expression for each column; `changes`: one for each column of a row that is there,
    whose `unique` columns are those of `row`. The values of `row` come first."""
    quote, words = connection.ops.quote_name, dialect()
    return words.upsert.format(
        table=quote(table),
        unique=", ".join(map(quote, unique)),
        columns=", ".join(map(quote, row)),
        values=", ".join(row.values()),
        changes=", ".join(f"{quote(column)} = {new}" for column, new in changes.items()),
        proposed=", ".join(f"{value} {quote(column)}" for column, value in row.items()),
        excluded=", ".join(words.excluded.format(quote(column)) for column in row),
        same=" AND ".join(f"{quote(table)}.{quote(each)} = {words.excluded.format(quote(each))}" for each in unique),
    )
