"""Clean-up: the function and the command."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tests.stores.processes import database_url
from tests.stores.suite import add, is_there
from tokens import cleanup
from tokens.stores import store
from tokens.stores.base import EXPIRING

ROOT = Path(__file__).parents[2]
EVERY = "0.2"
NAME = "clean-up under test"
LONG_AGO = timedelta(days=3)
WaitFor = Callable[[str], None]


@pytest.mark.django_db
def test_clean_up_sweeps_every_kind_and_reports_how_much() -> None:
    for kind in EXPIRING:
        for _ in range(5):
            add(store(), kind, datetime.now(UTC) - LONG_AGO)
        add(store(), kind, datetime.now(UTC) - timedelta(hours=1))
    assert cleanup.delete_expired(batch=2) == {**dict.fromkeys(EXPIRING, 5), "session or rate limit": 0}
    assert set(cleanup.delete_expired().values()) == {0}


@pytest.mark.django_db
def test_clean_up_ends_with_its_time_and_when_it_is_told_to() -> None:
    add(store(), "consent", datetime.now(UTC) - LONG_AGO)
    assert set(cleanup.delete_expired(seconds=0).values()) == {0}
    assert set(cleanup.delete_expired(stopped=lambda: True).values()) == {0}


def test_the_kinds_take_turns_so_that_a_backlog_holds_up_none(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, order = {"child": 5, "parent": 1}, []

    def sweep(kind: str) -> Callable[[int], int]:
        def batch(limit: int) -> int:
            order.append(kind)
            deleted = min(limit, rows[kind])
            rows[kind] -= deleted
            return deleted

        return batch

    monkeypatch.setattr(cleanup, "_sweeps", lambda: {kind: sweep(kind) for kind in rows})
    assert cleanup.delete_expired(batch=2) == {"child": 5, "parent": 1}
    assert order == ["child", "parent", "child", "child"]


@pytest.mark.django_db
def test_the_command_prints_what_it_deleted() -> None:
    add(store(), "consent", datetime.now(UTC) - LONG_AGO)
    add(store(), "revocation", datetime.now(UTC) - LONG_AGO)
    assert [printed(), printed()] == ["deleted 1 consent, 1 revocation\n", "nothing had expired\n"]


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "inf"])
def test_the_command_refuses_what_is_no_interval(seconds: str) -> None:
    with pytest.raises(CommandError, match="is not a number of seconds above 0"):
        call_command("cleanup", "--every", seconds)


@pytest.mark.usefixtures("committed")
class TestEvery:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_it_goes_on_until_it_is_told_to_stop(self, number: signal.Signals) -> None:
        with command() as (process, wait_for):
            wait_for("nothing had expired")
            expired = add(store(), "consent", datetime.now(UTC) - LONG_AGO)
            wait_for("deleted 1 consent")
            assert not is_there(store(), "consent", expired)
            process.send_signal(number)
            assert process.wait(10) == 0
            assert process.stdout is not None
            assert set(process.stdout) <= {"nothing had expired\n"}

    def test_it_stops_within_a_long_pause(self) -> None:
        with command("3600") as (process, wait_for):
            wait_for("nothing had expired")
            process.terminate()
            assert process.wait(10) == 0

    def test_it_outlives_a_database_that_is_away(self) -> None:
        with command() as (process, wait_for):
            wait_for("nothing had expired")
            with away():
                wait_for("the database: ")
            add(store(), "consent", datetime.now(UTC) - LONG_AGO)
            wait_for("deleted 1 consent")
            process.terminate()
            assert process.wait(10) == 0


@contextmanager
def command(every: str = EVERY) -> Iterator[tuple[subprocess.Popen[str], WaitFor]]:
    """`cleanup --every` on the test database, and what waits for a line of its output."""
    process = subprocess.Popen(
        [sys.executable, "-m", "django", "cleanup", "--every", every],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(application_name=NAME)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def wait_for(start: str) -> None:
        assert process.stdout is not None
        assert any(line.startswith(start) for line in process.stdout)

    with process:
        try:
            yield process, wait_for
        finally:
            process.kill()


@contextmanager
def away() -> Iterator[None]:
    """The database fails the command: PostgreSQL ends its connection, and all hold locks for longer than it waits."""
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLES tokens_consent WRITE")
            yield
            cursor.execute("UNLOCK TABLES")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE tokens_consent")
            ours = "application_name = %s AND datname = current_database()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}", [NAME])  # noqa: S608
            assert cursor.fetchone() == (True,)
        yield


def printed() -> str:
    call_command("cleanup", stdout=(output := StringIO()))
    return output.getvalue()
