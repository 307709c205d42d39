"""Adds rows that hang on a sign-in, unless the journal forbids it: one decision, never a look and then a write."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Model

from tokens.protocol import journal, records
from tokens.stores.orm.columns import insert
from tokens.stores.orm.revocations import Revocations

WRITE_IN_CTE = ("postgresql",)
"""The databases where one statement can add to two tables, and not if a third forbids it."""


def add_unless_void(authorization: records.Authorization, rows: Sequence[Model]) -> bool:
    """Adds all of `rows` or, where the journal voids the authorization, none; whether it did."""
    if connection.vendor in WRITE_IN_CTE:
        return _in_one_statement(authorization, rows)
    with transaction.atomic():
        if Revocations().revoked(list(journal.of(authorization)), authorization.root_at):
            return False
        for row in rows:
            row.save(force_insert=True)
    return True


def _in_one_statement(authorization: records.Authorization, rows: Sequence[Model]) -> bool:
    void = "SELECT 1 FROM tokens_revocation WHERE key = ANY(%s) AND (until IS NULL OR until >= %s)"
    sql, values = insert(rows[0])
    parts = [f"added AS ({sql} WHERE NOT EXISTS ({void}) RETURNING 1)"]
    values += [list(journal.of(authorization)), authorization.root_at]
    for row in rows[1:]:
        sql, more = insert(row)
        parts.append(f"child AS ({sql} FROM added)")
        values += more
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT 1 FROM added", values)  # noqa: S608 names of ours
        return cursor.fetchone() is not None
