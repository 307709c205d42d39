"""Rows as statements answer them: light, without instances of models, which cost more than the statement does."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesIterable, ValuesListIterable

Read = Callable[[list[tuple[Any, ...]]], Iterable[Any]]
"""What makes of rows as the database has them what the statement means."""
Shape = Callable[[Sequence[Any]], Any]
"""What becomes of one row."""


def shape(rows: Any) -> Shape:
    """Of a queryset's rows. Raises TypeError for a kind that nobody asked for yet."""
    kind = rows._iterable_class  # noqa: SLF001 nothing else says how its rows come
    if kind is FlatValuesListIterable:
        return itemgetter(0)
    if kind is ValuesListIterable:
        return tuple
    if kind is ValuesIterable:
        names = tuple(rows.query.selected)
        return lambda row: dict(zip(names, row, strict=True))
    if kind is ModelIterable:
        return row_type(rows.model, *rows.query.annotation_select)
    raise TypeError(f"{kind.__name__}: rows of that kind are not read here")


def reader(shape: Shape, converters: Mapping[int, tuple[Sequence[Callable[..., Any]], Any]]) -> Read:
    """`converters`: of Django's compilers, what the database's values are made into ours with, by column."""
    by_column = [(place, convert, column) for place, (each, column) in converters.items() for convert in each]
    if not by_column:
        return lambda rows: map(shape, rows)

    def read(rows: list[tuple[Any, ...]]) -> Iterator[Any]:
        for row in map(list, rows):
            for place, convert, column in by_column:
                row[place] = convert(row[place], column, connection)
            yield shape(row)

    return read


@cache
def row_type(model: Any, *more: str) -> Shape:
    """A row of all of a model's columns, and of more, by their names."""
    names = [*(field.attname for field in model._meta.concrete_fields), *more]
    columns = namedtuple("columns", names)  # type: ignore[misc]  # they are known as it runs
    row: Any = type(f"{model.__name__}Row", (columns,), {"__slots__": (), "model": model})
    make: Shape = row._make
    return make


def of(*models: type[Model]) -> Read:
    """Reads all columns of a model; of several, side by side, as a row of each."""
    return _of(connection.display_name, models)


@cache
def _of(database: str, models: tuple[type[Model], ...]) -> Read:
    columns = [field.get_col(model._meta.db_table) for model in models for field in model._meta.concrete_fields]
    compiler = models[0]._default_manager.all().query.get_compiler(DEFAULT_DB_ALIAS)
    return reader(_side_by_side(models), compiler.get_converters(columns))


def _side_by_side(models: Sequence[type[Model]]) -> Shape:
    if len(models) == 1:
        return row_type(models[0])
    lengths = [len(model._meta.concrete_fields) for model in models]
    starts = [sum(lengths[:index]) for index in range(len(models))]
    parts = [
        (row_type(model), slice(start, start + length))
        for model, start, length in zip(models, starts, lengths, strict=True)
    ]
    return lambda row: tuple(make(row[part]) for make, part in parts)
