"""Adds a row unless there is one with its key: one decision, and nothing but that makes it false."""

from django.db import IntegrityError, transaction
from django.db.models import Model

from accounts.ground.dialects import dialect, fault
from accounts.ground.sql.inserting import insert, insert_select
from accounts.ground.sql.sql import Sql


def insert_new(row: Model) -> Sql:
    """For `was_added`."""
    if not dialect().do_nothing:
        return insert(row)
    text, values = insert_select(row)
    # SQLite takes an ON right after a SELECT for a join's.
    return Sql(f"{text} WHERE true ON CONFLICT DO NOTHING", values)


def was_added(new: Sql) -> bool:
    """Runs it."""
    return new.run() == 1 if dialect().do_nothing else _was_not_refused(new)


def _was_not_refused(new: Sql) -> bool:
    """MariaDB's INSERT IGNORE would swallow every other fault too."""
    try:
        # A savepoint, so that a refusal leaves the caller's transaction as it was.
        with transaction.atomic():
            new.run()
    except IntegrityError as error:
        if fault(error) != dialect().duplicate:
            raise
        return False
    return True
