"""Which build made the tables: the digest of each of our migrations, recorded before it is applied.

A migration of a library is judged by its name: its text may change from one version to the next and make the same
table.
"""

import hashlib
import inspect
import sys
from collections.abc import Sequence, Set
from functools import cache
from typing import Any

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from idp.fit import table
from idp.fit.judge import Facts

OURS = ("accounts", "tokens")
MIGRATIONS = "migrations"
MEND = "run `manage.py prepare`; tables of another build need a database of their own"


def record(plan: Sequence[tuple[Migration, bool]], **_: Any) -> None:
    """Receiver of Django's `pre_migrate`. What is recorded and then not applied is missing, whatever is recorded."""
    made = {_fact(each): _digest(each) for each, backwards in plan if each.app_label in OURS and not backwards}
    table.create()
    table.put(made)


def faults(facts: Facts) -> dict[str, str]:
    """What the tables lack, or have of another build. Two statements."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    missing = _ours_and_others() - applied
    if missing:
        return {MIGRATIONS: f"{len(missing)} not applied"}
    other = [name for name, digest in digests().items() if name not in facts or facts[name].value != digest]
    if not other:
        return {}
    named = other[0].removeprefix("migration:")
    return {MIGRATIONS: f"{named} is not the one that made these tables: they are of another build"}


@cache
def _ours_and_others() -> Set[tuple[str, str]]:
    """App and name of each migration of this version; of one that was squashed, only what replaces it."""
    migrations = _on_disk()
    replaced = {each for migration in migrations.values() for each in migration.replaces}
    return frozenset(set(migrations) - replaced)


@cache
def digests() -> dict[str, str]:
    """Of each of our migrations, by the name of its fact."""
    disk = _on_disk()
    return {_fact(disk[key]): _digest(disk[key]) for key in sorted(_ours_and_others()) if key[0] in OURS}


def _on_disk() -> dict[tuple[str, str], Migration]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    migrations: dict[tuple[str, str], Migration] = loader.disk_migrations
    return migrations


def _fact(migration: Migration) -> str:
    return f"migration:{migration.app_label}.{migration.name}"


def _digest(migration: Migration) -> str:
    source = inspect.getsource(sys.modules[migration.__module__])
    return hashlib.sha256(source.encode()).hexdigest()
