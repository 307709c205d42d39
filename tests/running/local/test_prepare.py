"""What `up` does before it serves, inside one process."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection, connections, transaction

from accounts.models import PeopleGroup
from idp import secrets
from idp.fit import lock
from idp.local.command_lines import ROOT
from idp.management.commands import prepare
from idp.node.alone import be_alone
from idp.postgresql import pooler
from tests.servers.nodes import new_database
from tests.servers.provider import database_server

BEFORE = {"postgresql": ("3s", "10s"), "mysql": ("3.0", "10")}

SHOW = {"postgresql": "SHOW {}", "mysql": "SELECT @@{}"}
LOCKS = {"postgresql": {"lock_timeout": "2s"}, "mysql": {"innodb_lock_wait_timeout": "1", "lock_wait_timeout": "1"}}


def shown(names: Iterable[str]) -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(SHOW[connection.vendor].format(name))
            found[name] = str(cursor.fetchone()[0])
    return found


@pytest.fixture
def another_connection() -> Iterator[None]:
    """The test's own keeps its limits: they would outlive it."""
    here = connections["default"]
    be_alone()
    yield
    connections["default"].close()
    connections["default"] = here


@pytest.mark.django_db
@pytest.mark.usefixtures("limited", "another_connection")
def test_a_migration_may_take_longer_than_a_request_but_not_wait_longer_for_a_lock() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no such limits")
    limits = prepare.LIMITS[connection.display_name]
    assert shown(limits) == dict(zip(limits, BEFORE[connection.vendor], strict=True))
    prepare.allow_long_statements()
    assert set(map(float, shown(limits).values())) == {0}
    assert "read_timeout" not in connection.settings_dict["OPTIONS"]
    assert shown(LOCKS[connection.vendor]) == LOCKS[connection.vendor]


@pytest.mark.django_db
@pytest.mark.usefixtures("another_connection")
def test_a_second_one_waits_until_the_first_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.0)
    first = connections["default"]
    with lock.preparing():
        be_alone()
        with pytest.raises(CommandError, match="another `prepare` is still at work"), lock.preparing():
            pass
        connections["default"].close()
        connections["default"] = first
    be_alone()
    with lock.preparing():
        pass
    connections["default"].close()
    connections["default"] = first


LONG = "manage.py: something else holds a lock for long ("


@pytest.mark.django_db
@pytest.mark.usefixtures("another_connection")
def test_a_lock_that_another_holds_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("the test below locks a file of its own")

    def add(*_: object) -> bool:
        return bool(PeopleGroup.objects.create(name="held"))

    monkeypatch.setattr(prepare.Command, "_prepare", add)
    with transaction.atomic():
        add()
        first = connections["default"]
        be_alone()
        with pytest.raises(SystemExit) as ended:
            prepare.Command().handle(changes=[])
        connections["default"].close()
        connections["default"] = first
        transaction.set_rollback(True)
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(LONG)
    assert line.endswith(f"): {prepare.HOLDERS[connection.vendor]}; let it end, or end it, and run this again")


def of_sqlite(folder: Path) -> Exception:
    """What SQLite says where another one writes."""
    file = folder / "database"
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(file, timeout=0)) as other:
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as refused:
            other.execute("BEGIN IMMEDIATE")
    return refused.value


@pytest.mark.parametrize(
    ("words", "said", "cause"),
    [
        (LONG, ("canceling statement due to lock timeout",), lambda _: psycopg.errors.LockNotAvailable()),
        (LONG, (1205, "Lock wait timeout exceeded; try restarting transaction"), lambda _: None),
        (LONG, (SimpleNamespace(code=54),), lambda _: None),
        (LONG, (SimpleNamespace(code=30006),), lambda _: None),
        (LONG, ("database is locked",), of_sqlite),
        ("manage.py: the database does not answer (", ("connection refused",), lambda _: psycopg.OperationalError()),
        ("manage.py: the database does not answer (", (2002, "Can't connect to server"), lambda _: None),
        ("manage.py: the database does not answer (", ("unable to open database file",), lambda _: None),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) and isinstance(value[0], str) else None,
)
def test_what_keeps_it_from_its_work_is_told_by_its_name(
    words: str,
    said: tuple[object, ...],
    cause: Callable[[Path], Exception | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = OperationalError(*said)
    error.__cause__ = cause(tmp_path)

    def fail() -> None:
        raise error

    monkeypatch.setattr(prepare, "allow_long_statements", fail)
    monkeypatch.setattr(pooler, "fault", lambda: None)
    with pytest.raises(SystemExit) as ended:
        prepare.Command().handle(changes=[])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(words)


def test_five_at_once_all_prepare_what_is_missing(tmp_path: Path) -> None:
    """On a new database of the server, which none of them has seen."""
    secrets.create(tmp_path / "secrets")
    with database_server() as server_url, new_database(server_url) as url:
        environ = {**os.environ, "IDP_DATA": str(tmp_path), "DATABASE_URL": url, "IDP_PORT": "8123"}
        command = [sys.executable, str(ROOT / "manage.py"), "prepare"]
        started = [
            subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(5)
        ]
        ended = [(*process.communicate(timeout=240), process.returncode) for process in started]
        assert [code for *_, code in ended] == [0] * 5, [told for _, told, _ in ended]
        assert sum(told.count(", which signs RS256") for _, told, _ in ended) == 1
        with psycopg.connect(url) as connection:
            rows = connection.execute("SELECT app, name, count(*) FROM django_migrations GROUP BY 1, 2").fetchall()
            assert {count for *_, count in rows} == {1}
            issuers = connection.execute("SELECT value FROM idp_fact WHERE name = 'equal:IDP_BASE_URL'").fetchall()
            assert issuers == [("http://localhost:8123",)]
