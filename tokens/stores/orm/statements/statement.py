"""A statement of ours, apart from the verb that runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from django.db.models import QuerySet
from django.db.models.query import RawQuerySet

from tokens.stores.orm.statements.sql import Sql

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer", bound="QuerySet[Any] | RawQuerySet[Any] | Sql", covariant=True)
Ability = Callable[[], bool]
"""Whether the database in use can do something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Generic[Parameters, Answer]):
    """Called with its parameters it is one statement: a queryset or SQL, not run yet."""

    name: str
    """`<part>.<verb>`, or with what it does for the verb: `<part>.<verb>.<what>`."""
    build: Callable[Parameters, Answer]
    needs: Ability | None = None
    """What only some databases can do."""

    def __call__(self, *values: Parameters.args, **named: Parameters.kwargs) -> Answer:
        return self.build(*values, **named)

    def sql(self, *values: Parameters.args, **named: Parameters.kwargs) -> Sql:
        """Its text and its values for the database in use."""
        answer: QuerySet[Any] | RawQuerySet[Any] | Sql = self.build(*values, **named)
        if isinstance(answer, Sql):
            return answer
        if isinstance(answer, RawQuerySet):
            return Sql(str(answer.raw_query), answer.params or ())
        return Sql(*answer.query.sql_with_params())

    def runs_here(self) -> bool:
        """Whether the database in use can do what it needs."""
        return self.needs is None or self.needs()


def statement(
    name: str, needs: Ability | None = None
) -> Callable[[Callable[Parameters, Answer]], Statement[Parameters, Answer]]:
    """Makes a statement of a function of its parameters."""
    return lambda build: Statement(name=name, build=build, needs=needs)
