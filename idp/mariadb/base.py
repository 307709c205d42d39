"""The backend. Django looks for this module, and for this class in it."""

import time
from typing import Any
from uuid import UUID

from django.db import NotSupportedError
from django.db.backends.mysql import base, features, schema

from accounts.ground import clock

COLLATION = "utf8mb4_nopad_bin"
"""Texts are equal if their bytes are, trailing spaces and all, as on the other databases. Else two spellings of a name
would be one person, and two ids one client."""


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    # The database itself may have been made with another collation.
    sql_create_table = f"{schema.DatabaseSchemaEditor.sql_create_table} CHARACTER SET utf8mb4 COLLATE {COLLATION}"


class DatabaseFeatures(features.DatabaseFeatures):
    # SKIP LOCKED and UUIDs would be there from 10.7 on; this is the oldest one that the tests ran on.
    minimum_database_version = (10, 11)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    features_class = DatabaseFeatures

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

    def check_database_version_supported(self) -> None:
        if not self.mysql_is_mariadb:
            raise NotSupportedError(f"this is MySQL {self.mysql_server_info}: MariaDB is supported, MySQL is not")
        super().check_database_version_supported()


def _escape_uuid(value: UUID, mapping: object) -> str:
    return f"'{value}'"
