"""The backend. Django looks for this module, and for this class in it."""

import time
from typing import Any
from uuid import UUID

from django.db.backends.mysql import base, features, schema
from django.utils.functional import cached_property

from accounts.ground import clock
from accounts.ground.dialects import dialect_of


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    @property
    def sql_create_table(self) -> str:  # type: ignore[override]  # Django has it of the class
        """With the collation of identifiers for every text. The database itself may have been made with another: two
        spellings of a name would be one person, and two ids one client."""
        collation = dialect_of(self.connection).collation
        return f"{schema.DatabaseSchemaEditor.sql_create_table} CHARACTER SET utf8mb4 COLLATE {collation}"


class DatabaseFeatures(features.DatabaseFeatures):
    @property
    def minimum_database_version(self) -> tuple[int, int]:  # type: ignore[override]  # Django has it of the class
        # SKIP LOCKED and UUIDs would be there from MariaDB 10.7 on; 10.11 is the oldest one that the tests ran on. They
        # run on no MySQL: 8.4 is its release for long.
        return (10, 11) if self.connection.mysql_is_mariadb else (8, 4)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    features_class = DatabaseFeatures

    @cached_property
    def display_name(self) -> str:  # type: ignore[override]  # Django has it of the class
        """MariaDB or MySQL: what the server is, whatever the URL begins with."""
        # On the connection that this thread keeps, not on one that is made for it and closed again.
        if "mysql_server_data" not in self.__dict__:
            self.ensure_connection()
        name: str = super().display_name
        return name

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        # Of all that Django hands to the driver, this is the one thing that PyMySQL does not know.
        return params | {"conv": {**params["conv"], UUID: _escape_uuid}}

    def init_connection_state(self) -> None:
        super().init_connection_state()
        before = time.monotonic()
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT unix_timestamp(sysdate(6))")
            clock.tell(float(cursor.fetchone()[0]), before, time.monotonic())


def _escape_uuid(value: UUID, mapping: object) -> str:
    return f"'{value}'"
