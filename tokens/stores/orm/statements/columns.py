"""A table's columns by name. Never `*`: a statement prepared before a migration would fail after it."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Model


def columns(model: type[Model]) -> Sequence[str]:
    """Quoted, in the order of the model's fields."""
    return [connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields]
