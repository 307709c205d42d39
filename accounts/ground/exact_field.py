"""The column of identifiers, digests and keys of names."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.ground.dialects import dialect_of


class ExactField(models.CharField):  # type: ignore[type-arg]  # only the stubs know parameters
    """Text that is looked up whole and compared byte for byte."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        # Spelled out, because Django gives each `varchar` key a second index for LIKE, which nothing asks of these.
        if connection.vendor == "postgresql":
            return f"character varying({self.max_length})"
        return super().db_type(connection)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        return super().db_parameters(connection) | {"collation": dialect_of(connection).collation}
