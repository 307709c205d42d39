"""Adds a row that hangs on a sign-in, unless the journal forbids it: one decision, never a look and then a write.

The guarantee is the same on every database: what was voided before the statement began is not added. (MariaDB reads
afresh for each statement, because its transactions are READ COMMITTED, and so sees all that was committed until then.)
What is voided while the statement runs may be added, and is void all the same to everybody who reads it.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from accounts.ground.dialects import dialect
from accounts.ground.sql.inserting import insert_select
from accounts.ground.sql.sql import Sql
from tokens.protocol import journal, records


def insert_unless_void(authorization: records.Authorization, row: Model) -> Sql:
    """An INSERT of the row that adds none where an entry voids the authorization."""
    text, values = insert_select(row)
    keys, of_keys = _among(list(journal.of(authorization)))
    root_at = connection.ops.adapt_datetimefield_value(authorization.root_at)
    void = f"SELECT 1 FROM tokens_revocation entry WHERE entry.key {keys} AND (until IS NULL OR until >= %s)"  # noqa: S608 names of ours
    return Sql(f"{text} WHERE NOT EXISTS ({void})", [*values, *of_keys, root_at])


def insert_with_child(parent: Sql, child: Model) -> Sql:
    """The INSERT of `parent` and, if that adds its row, one of `child`: one statement. It answers a row if it did."""
    text, values = insert_select(child)
    added = f"added AS ({parent.text} RETURNING 1), child AS ({text} FROM added)"
    return Sql(f"WITH {added} SELECT 1 FROM added", [*parent.values, *values])  # noqa: S608 names of ours


def _among(keys: list[str]) -> tuple[str, Sequence[Any]]:
    """A condition that one of the keys meets, and its values: one, where the statement can be the same for any number
    of them."""
    return ("= ANY(%s)", [keys]) if dialect().write_in_cte else (f"IN ({', '.join(['%s'] * len(keys))})", keys)
