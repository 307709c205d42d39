"""SQL with its values, written by hand or by Django's compilers, and how it runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.db.models.sql import DeleteQuery, UpdateQuery

from accounts.ground.sql import answers
from accounts.ground.sql.answers import Read
from accounts.ground.taken_back import despite_collision


@dataclass(frozen=True, slots=True)
class Sql:
    text: str
    """Empty where nothing can be answered, and nobody is asked."""
    values: Sequence[Any] = ()
    read: Read | None = None
    """None where nobody reads what it answers, or where that is read as the database has it."""

    def run(self) -> int:
        """How many rows it wrote or answered."""
        with _cursor() as cursor:
            cursor.execute(self.text, self.values)
            count: int = cursor.rowcount
        return count

    def send(self) -> None:
        """Writes, as what no other request can be in the way of. Within a unit it may travel with what comes next, and
        its failure be told there."""
        with _cursor(holds=True) as cursor:
            cursor.execute(self.text, self.values)

    def __iter__(self) -> Iterator[Any]:
        """Every row that it answers."""
        rows = self.all()
        return iter(rows if self.read is None else self.read(rows))

    def all(self) -> list[tuple[Any, ...]]:
        """Every row that it answers, as the database has it."""
        if not self.text:
            return []
        with _cursor() as cursor:
            cursor.execute(self.text, self.values)
            return list(cursor.fetchall())

    def row(self) -> Sequence[Any]:
        """The first row that it answers."""
        with _cursor() as cursor:
            cursor.execute(self.text, self.values)
            row: Sequence[Any] = cursor.fetchone()
        return row


@dataclass(frozen=True, slots=True)
class Upsert(Sql):
    def run(self) -> int:
        return despite_collision(lambda: Sql.run(self))


def _cursor(*, holds: bool = False) -> CursorWrapper:
    """Where the database's backend is ours, what it executes may travel with other statements (`idp.postgresql`)."""
    ours: Callable[..., CursorWrapper] | None = getattr(connection, "travelling_cursor", None)
    return connection.cursor() if ours is None else ours(holds=holds)


def select(rows: QuerySet[Any]) -> Sql:
    """What Django's compiler writes for it."""
    compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        text, values = compiler.as_sql()
    except EmptyResultSet:
        return Sql("")
    wanted = [column for column, *_ in compiler.select[: compiler.col_count]]
    return Sql(text, values, answers.reader(answers.shape(rows), compiler.get_converters(wanted)))


def update(rows: QuerySet[Any], /, **columns: Any) -> Sql:
    query: UpdateQuery = rows.query.chain(UpdateQuery)  # type: ignore[assignment]  # of the class that it is given
    query.add_update_values(columns)
    return Sql(*query.get_compiler(DEFAULT_DB_ALIAS).as_sql())


def delete(rows: QuerySet[Any]) -> Sql:
    """What names them stays: no foreign key is followed."""
    return Sql(*rows.query.chain(DeleteQuery).get_compiler(DEFAULT_DB_ALIAS).as_sql())
