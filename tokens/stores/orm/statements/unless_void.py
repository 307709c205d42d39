"""Adds rows that hang on a sign-in, unless the journal forbids it: one decision, never a look and then a write.

The guarantee is the same on every database: what was voided before the statement began is not added. (MariaDB reads
afresh for each statement, because its transactions are READ COMMITTED, and so sees all that was committed until then.)
What is voided while the statement runs may be added, and is void all the same to everybody who reads it.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from tokens.protocol import journal, records
from tokens.stores.orm.statements.columns import insert
from tokens.stores.orm.statements.dialects import dialect


def add_unless_void(authorization: records.Authorization, rows: Sequence[Model]) -> bool:
    """Adds all of `rows` or, where the journal voids the authorization, none; whether it did."""
    return (_in_one_statement if dialect().write_in_cte else _one_by_one)(authorization, rows)


def _in_one_statement(authorization: records.Authorization, rows: Sequence[Model]) -> bool:
    # The keys are one value, so that the statement is the same for any number of them.
    sql, values = _guarded(rows[0], authorization, "= ANY(%s)", [list(journal.of(authorization))])
    parts = [f"added AS ({sql} RETURNING 1)"]
    for row in rows[1:]:
        sql, more = insert(row)
        parts.append(f"child AS ({sql} FROM added)")
        values += more
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT 1 FROM added", values)  # noqa: S608 names of ours
        return cursor.fetchone() is not None


@transaction.atomic(savepoint=False)
def _one_by_one(authorization: records.Authorization, rows: Sequence[Model]) -> bool:
    keys = list(journal.of(authorization))
    sql, values = _guarded(rows[0], authorization, f"IN ({', '.join(['%s'] * len(keys))})", keys)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        added = bool(cursor.rowcount == 1)
    for row in rows[1:] if added else ():
        row.save(force_insert=True)
    return added


def _guarded(
    row: Model, authorization: records.Authorization, keys: str, of_keys: Sequence[Any]
) -> tuple[str, list[Any]]:
    """An INSERT of the row that adds none where an entry voids the authorization, and its values."""
    sql, values = insert(row)
    root_at = connection.ops.adapt_datetimefield_value(authorization.root_at)
    void = f"SELECT 1 FROM tokens_revocation entry WHERE entry.key {keys} AND (until IS NULL OR until >= %s)"  # noqa: S608 names of ours
    return f"{sql} WHERE NOT EXISTS ({void})", [*values, *of_keys, root_at]
