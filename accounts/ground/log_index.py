"""Indexes of the admin's log, which Django reads by what an entry is about and by who made it, in the order of time."""

from collections.abc import Mapping
from typing import Any

OBJECT: Mapping[str, str] = {
    "postgresql": "object_id",
    "sqlite": "object_id",
    # Its indexes hold only the beginning of a text without a length.
    "mysql": "object_id(64)",
}
"""What an entry is about, as an index names it; a database that can have none of such a text has no index."""


def add(_apps: Any, schema_editor: Any) -> None:
    """What a migration does: Django's own tables have no migrations of ours."""
    column = OBJECT.get(schema_editor.connection.vendor)
    if column is not None:
        schema_editor.execute(
            f"CREATE INDEX log_of_object ON django_admin_log (content_type_id, {column}, action_time)"
        )
        schema_editor.execute("CREATE INDEX log_of_user ON django_admin_log (user_id, action_time)")


def remove(_apps: Any, schema_editor: Any) -> None:
    """They go with their table, before or after."""
