"""Every migration is compiled for MySQL and Oracle, on which no test runs (docs/databases.md)."""

import re
from collections.abc import Iterator, Sequence

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from accounts.ground.dialects import DIALECTS
from tests.stores.compiled.servers import Server

OURS = ("accounts", "tokens", "idp")
KEY = 3072
"""Bytes that an index of InnoDB takes at the most, at four a character."""
NAME, TEXT = 30, 2000
"""Characters that a name has at the most for Django's backend, and a text that is no NCLOB for Oracle."""
TABLE = re.compile(r"CREATE TABLE [`\"](\w+)[`\"]", re.IGNORECASE)


@pytest.fixture(scope="module")
def made(elsewhere: Server) -> dict[tuple[str, str], list[str]]:
    """The statements of each migration of all that are installed."""
    loader, state = MigrationLoader(None), ProjectState()
    statements: dict[tuple[str, str], list[str]] = {}
    with elsewhere.without_tables():
        for name in _plan(loader):
            migration = loader.graph.nodes[name]
            with elsewhere.wrapper.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
                state = migration.apply(state, editor, collect_sql=True)
            statements[name] = [line for line in editor.collected_sql if not line.startswith("--")]
    return statements


def test_every_migration_is_compiled_and_makes_every_table(made: dict[tuple[str, str], list[str]]) -> None:
    tables = {found.lower() for lines in made.values() for line in lines for found in TABLE.findall(line)}
    wanted = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    assert wanted <= tables
    assert all(made[name] for name in made if name[0] in OURS)


def test_a_table_of_mysql_compares_bytes(elsewhere: Server, made: dict[tuple[str, str], list[str]]) -> None:
    """Its own collations take a text and the same in capitals, or with spaces after it, for one."""
    collation = DIALECTS[elsewhere.name].collation
    named = {found for lines in made.values() for line in lines for found in re.findall(r"COLLATE `?(\w+)", line)}
    assert named == ({collation} if collation else set())
    created = [line for lines in made.values() for line in lines if TABLE.match(line)]
    assert all(collation is None or f"COLLATE {collation}" in line for line in created)


def test_names_and_texts_are_as_long_as_oracle_takes_them(
    elsewhere: Server, made: dict[tuple[str, str], list[str]]
) -> None:
    lines = [line for each in made.values() for line in each]
    if elsewhere.name == "Oracle":
        assert {name for line in lines for name in re.findall(r"\"(\w+)\"", line) if len(name) > NAME} == set()
    assert {size for line in lines for size in re.findall(r"NVARCHAR2\((\d+)\)", line) if int(size) > TEXT} == set()


@pytest.mark.parametrize("label", OURS)
def test_no_index_is_longer_than_mysql_takes_it_or_of_a_text_without_end(label: str) -> None:
    for model in apps.get_app_config(label).get_models(include_auto_created=True):
        for names in _indexed(model):
            fields = [model._meta.get_field(name) for name in names]
            assert not [field for field in fields if isinstance(field, models.TextField | models.JSONField)], model
            assert sum(4 * (getattr(field, "max_length", None) or 8) for field in fields) <= KEY, (model, names)


def _plan(loader: MigrationLoader) -> list[tuple[str, str]]:
    leaves = sorted(loader.graph.leaf_nodes())
    return list(dict.fromkeys(name for leaf in leaves for name in loader.graph.forwards_plan(leaf)))


def _indexed(model: type[models.Model]) -> Iterator[Sequence[str]]:
    meta = model._meta
    yield from ([field.name] for field in meta.concrete_fields if getattr(field, "db_index", False) or field.unique)
    yield from (index.fields for index in meta.indexes)
    yield from (each.fields for each in meta.constraints if isinstance(each, models.UniqueConstraint))
    yield from meta.unique_together
