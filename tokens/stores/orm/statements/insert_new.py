"""Adds a row unless there is one with its key: one decision, and nothing but that makes it false."""

from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from tokens.stores.orm.statements.columns import insert
from tokens.stores.orm.statements.dialects import dialect

DUPLICATE = 1062  # MariaDB's number


def insert_new(row: Model) -> bool:
    """Whether it was added."""
    return (_unless_there if dialect().do_nothing else _unless_refused)(row)


def _unless_there(row: Model) -> bool:
    sql, values = insert(row)
    with connection.cursor() as cursor:
        # SQLite takes an ON right after a SELECT for a join's.
        cursor.execute(f"{sql} WHERE true ON CONFLICT DO NOTHING", values)
        return bool(cursor.rowcount == 1)


def _unless_refused(row: Model) -> bool:
    """MariaDB's INSERT IGNORE would swallow every other fault too."""
    try:
        # A savepoint, so that a refusal leaves the caller's transaction as it was.
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if error.args[0] != DUPLICATE:
            raise
        return False
    return True
