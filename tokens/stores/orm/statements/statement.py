"""A statement of ours, apart from the verb that runs it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`parameters`: the names of its values in the order of their places; one that has two places stands twice."""

    name: str
    parameters: tuple[str, ...]
    sql: Callable[[], str]
    """Its text for the database in use."""

    def values(self, **given: Any) -> Sequence[Any]:
        return tuple(given[name] for name in self.parameters)

    def run(self, **given: Any) -> int:
        """How many rows it wrote."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql(), self.values(**given))
            written: int = cursor.rowcount
        return written

    def rows(self, model: type[Row], **given: Any) -> list[Row]:
        """The rows that it answers."""
        return list(model._default_manager.raw(self.sql(), self.values(**given)))
