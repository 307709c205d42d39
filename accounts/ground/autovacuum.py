"""What PostgreSQL's autovacuum is told of tables that its defaults do not fit. Other databases have no such thing.

https://www.postgresql.org/docs/current/runtime-config-autovacuum.html says what each of them means.
"""

from collections.abc import Mapping
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

Settings = Mapping[str, str]

PASSING: Settings = {
    # Of five million rows the default, a fifth, leaves a million dead ones, which every look for the oldest goes by.
    "autovacuum_vacuum_scale_factor": "0.01",
    "autovacuum_vacuum_threshold": "1000",
    # The ends move on by the hour, and a planner that knows last week's takes nothing for expired.
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_analyze_threshold": "1000",
    # A clean-up deletes more in a minute than the default, 200, lets a vacuum keep up with.
    "autovacuum_vacuum_cost_limit": "1000",
    # To give the end of a file back keeps everybody out of the table for a moment, and it will be filled again.
    "vacuum_truncate": "false",
}
"""Of tables whose rows come and go."""
COUNTING: Settings = {
    # A few rows that are written again and again: what they are now lies behind all that they were.
    "autovacuum_vacuum_scale_factor": "0",
    "autovacuum_vacuum_threshold": "200",
    "autovacuum_analyze_scale_factor": "0",
    "autovacuum_analyze_threshold": "1000",
    "vacuum_truncate": "false",
}
"""Of tables with few rows that are written all the time."""


class Autovacuum(Operation):
    """Sets it for a table."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, settings: Settings) -> None:
        self.table = table
        self.settings = settings

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models do not know of it."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            values = ", ".join(f"{name} = {value}" for name, value in self.settings.items())
            schema_editor.execute(f"ALTER TABLE {schema_editor.quote_name(self.table)} SET ({values})")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"ALTER TABLE {schema_editor.quote_name(self.table)} RESET ({', '.join(self.settings)})"
            )

    def describe(self) -> str:
        return f"Tells autovacuum of {self.table}"
