"""A statement of ours, apart from the verb that runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar, cast

from django.db.models import QuerySet

from accounts.ground.sql.once import Once
from accounts.ground.sql.sql import Sql, select

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer", bound="QuerySet[Any] | Sql", covariant=True)
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
    once: Once | None = None
    """How it is compiled once; None where it is for every call."""

    def __call__(self, *values: Parameters.args, **named: Parameters.kwargs) -> Answer:
        if self.once is None or named:
            return self.build(*values, **named)
        return cast(Answer, self.once(values))

    def sql(self, *values: Parameters.args, **named: Parameters.kwargs) -> Sql:
        """Its text and its values for the database in use."""
        return as_sql(self(*values, **named))

    def runs_here(self) -> bool:
        """Whether the database in use can do what it needs."""
        return self.needs is None or self.needs()


def as_sql(answer: Any) -> Sql:
    return answer if isinstance(answer, Sql) else select(answer)


def statement(
    name: str, needs: Ability | None = None, once: bool = False
) -> Callable[[Callable[Parameters, Answer]], Statement[Parameters, Answer]]:
    """Makes a statement of a function of its parameters. `once`: its text is the same whatever they are, so that it is
    compiled once a process; each goes into it as it is."""

    def made(build: Callable[Parameters, Answer]) -> Statement[Parameters, Answer]:
        compiled = Once(name=name, build=build, compile=as_sql, plans={}) if once else None
        return Statement(name=name, build=build, needs=needs, once=compiled)

    return made
