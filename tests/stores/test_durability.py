"""What `doctor` says of the database that the tests run on, and of MariaDB as its settings change."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from idp.node.durability import ALONE, FORGETS, durability, query
from idp.node.finding import Finding, Size

LONE = Finding(
    "warning", f"commits wait for no replica: {ALONE}", "set rpl_semi_sync_master_enabled = ON; or accept it"
)


def found() -> list[Finding]:
    return list(durability(Size(1, 1)))


@contextmanager
def set_to(name: str, value: int) -> Iterator[None]:
    before = query(f"SELECT @@GLOBAL.{name}")
    _set(name, value)
    try:
        yield
    finally:
        _set(name, int(before))


def _set(name: str, value: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET GLOBAL {name} = {value}")


@pytest.mark.django_db
def test_each_database_is_looked_at_and_says_something() -> None:
    assert found()
    assert all(finding.remedy for finding in found() if finding.level != "ok")


@pytest.mark.django_db
def test_a_commit_on_sqlite_is_on_the_disk() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite")
    assert found() == [Finding("ok", "a commit is on the disk when it is confirmed")]
    with connection.cursor() as cursor:
        # Within a transaction SQLite would not heed it.
        cursor.execute("COMMIT")
        cursor.execute("PRAGMA synchronous = NORMAL")
        [weak] = found()
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("BEGIN")
    assert (weak.level, weak.text) == ("error", f"synchronous is not FULL: {FORGETS}")


@pytest.mark.django_db
def test_mariadb_forgets_nothing_or_is_told_to() -> None:
    if connection.vendor != "mysql":
        pytest.skip("about MariaDB")
    with set_to("innodb_flush_log_at_trx_commit", 1), set_to("rpl_semi_sync_master_enabled", 0):
        assert found() == [LONE]
        with set_to("innodb_flush_log_at_trx_commit", 2):
            text = f"innodb_flush_log_at_trx_commit is not 1: {FORGETS}"
            assert found() == [Finding("error", text, "set innodb_flush_log_at_trx_commit = 1"), LONE]
        with set_to("rpl_semi_sync_master_enabled", 1):
            assert found() == [Finding("ok", "commits wait for a replica")]
