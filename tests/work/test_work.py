"""`manage.py work`: the scheduled work without Celery."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from threading import Timer

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from accounts.models import Session
from idp.fit import table
from tests.stores.kinds import add
from tests.stores.processes import database_url
from tests.support.held import let_tasks_be_due
from tokens import models
from tokens.conf import conf
from tokens.stores import store
from tokens.work import schedule
from tokens.work.schedule import TASKS

ROOT = Path(__file__).parents[2]
NAME = "work under test"
AT = re.compile(r"^[\d-]+ [\d:,]+ ")
"""When a line of the log was written."""
PATIENCE = 90.0
MOST = 1000
"""Runs of a task: more than there are."""
LONG_AGO = timedelta(days=3)
DELETED = ("delete_expired: 1 session", "delete_overlooked: 1 session")
"""Whichever comes first: here all work is done every moment."""
WaitFor = Callable[..., list[str]]
"""Gives the lines until the one that begins in one of these ways, without its time."""
MADE = "migration:tokens.0001_initial"
FOR_EVER = 10**9
"""Seconds: an interval that ends in no test."""


@pytest.fixture
def quick(settings: Settings) -> None:
    """An RSA key takes longer to make than a test to run."""
    settings.TOKENS = replace(conf(), signing_algs=("ES256",))


@pytest.mark.django_db
@pytest.mark.usefixtures("quick")
def test_what_is_due_is_done_once_an_interval_however_often_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "TASKS", {name: replace(task, interval=FOR_EVER) for name, task in TASKS.items()})
    add_expired_session()
    did = {"delete_expired": {"session": 1}, "rotate_keys": {"make active": 1}}
    assert once() == [f"{task}: {schedule.summary(did.get(task, {}))}" for task in TASKS]
    assert once() == []
    assert {task: [run.rows for run in store().runs.of_task(task, 2)] for task in TASKS} == {
        task: [did.get(task, {})] for task in TASKS
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("quick")
@pytest.mark.sql("elsewhere what is over goes by itself")
def test_what_is_over_or_names_nobody_is_deleted() -> None:
    add(store(), "consent", datetime.now(UTC) - LONG_AGO)
    add(store(), "refresh_token", datetime.now(UTC) + LONG_AGO)
    models.RefreshToken.objects.update(created=datetime.now(UTC) - LONG_AGO)
    assert once() == [
        "send_mail: nothing",
        "delete_expired: 1 consent",
        "delete_overlooked: nothing",
        "delete_orphans: 1 refresh_token",
        "rotate_keys: 1 make active",
        "deliver_logouts: nothing",
    ]


@pytest.mark.django_db
def test_a_node_whose_tasks_are_off_does_nothing(settings: Settings) -> None:
    settings.TASKS = False
    with pytest.raises(CommandError, match="IDP_TASKS: scheduled work is switched off on this node"):
        once()
    assert store().runs.tasks() == []


@pytest.mark.django_db
def test_over_tables_of_another_build_nothing_is_done(caplog: pytest.LogCaptureFixture) -> None:
    table.put({MADE: "of another build"})
    with pytest.raises(CommandError, match="not everything could be done"):
        once()
    assert store().runs.tasks() == []
    [line] = [record.getMessage() for record in caplog.records if record.name == "idp.fit"]
    assert line.startswith(
        "this process does not fit, and does no work: migrations: tokens.0001_initial is not the one"
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("quick")
def test_keys_of_another_seal_fail_their_task_alone_and_name_the_remedy(settings: Settings) -> None:
    once()
    let_tasks_be_due()
    settings.SEALING_KEYS = {"1": b"x" * 32}
    errors = StringIO()
    with pytest.raises(CommandError, match="not everything could be done"):
        call_command("work", once=True, stdout=(output := StringIO()), stderr=errors)
    assert output.getvalue().splitlines() == [f"{task}: nothing" for task in TASKS if task != "rotate_keys"]
    assert errors.getvalue().count("\n") == 1
    assert "IDP_SECRETS" in errors.getvalue()
    [report] = [report for report in store().runs.tasks() if report.task == "rotate_keys"]
    assert (report.runs, report.failures) == (2, 1)
    [failed, _] = store().runs.of_task("rotate_keys", 2)
    assert (failed.epoch, failed.error) == (2, "CannotUnseal")


@pytest.mark.usefixtures("committed")
class TestWork:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_it_goes_on_until_it_is_told_to_stop(self, number: signal.Signals) -> None:
        with work() as (process, wait_for):
            wait_for("delete_expired: nothing")
            add_expired_session()
            wait_for(*DELETED)
            assert not Session.objects.exists()
            process.send_signal(number)
            assert process.wait(10) == 0

    def test_it_stops_within_a_long_pause(self) -> None:
        with work(3600) as (process, wait_for):
            wait_for("delete_expired: nothing")
            process.terminate()
            assert process.wait(10) == 0

    def test_it_outlives_a_database_that_is_away(self) -> None:
        with work() as (process, wait_for):
            wait_for("delete_expired: nothing")
            with away():
                wait_for("delete_expired: the database: ")
            add_expired_session()
            wait_for(*DELETED)
            process.terminate()
            assert process.wait(10) == 0

    def test_over_tables_of_another_build_it_stops_with_one_line_and_goes_on_once_they_are_its_own(self) -> None:
        ours = table.read()[MADE].value
        with work() as (process, wait_for):
            wait_for("delete_expired: nothing")
            table.put({MADE: "of another build"})
            try:
                wait_for("ERROR idp.fit [-] this process does not fit, and does no work: migrations: ")
            finally:
                table.put({MADE: ours})
            meanwhile = wait_for("INFO idp.fit [-] this process fits again, and works")
            assert not any("does not fit" in line for line in meanwhile)
            wait_for("delete_expired: nothing")
            process.terminate()
            assert process.wait(10) == 0

    def test_two_of_them_have_the_effect_of_one(self) -> None:
        with work() as (first, wait_for_first), work() as (second, wait_for_second):
            for wait_for in (wait_for_first, wait_for_second) * 2:
                wait_for("rotate_keys: ")
            for process in (first, second):
                process.terminate()
                assert process.wait(10) == 0
        assert not two_runs_of_an_interval()
        assert {report.task: report.failures for report in store().runs.tasks()} == dict.fromkeys(sorted(TASKS), 0)


def add_expired_session() -> None:
    """What clean-up deletes, whichever the store is."""
    Session.objects.create(key_hash="expired", version="v", session_data="", expires=datetime.now(UTC) - LONG_AGO)


def two_runs_of_an_interval() -> list[tuple[str, int]]:
    runs = [(run.task, run.slot) for task in TASKS for run in store().runs.of_task(task, MOST)]
    return [run for run in runs if runs.count(run) > 1]


@contextmanager
def work(interval: int = 1) -> Iterator[tuple[subprocess.Popen[str], WaitFor]]:
    """`work` on the test database, and what waits for a line of its output."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.work.quick", "work"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(application_name=NAME),
            "TEST_INTERVAL": str(interval),
            "IDP_LOG_LEVEL": "INFO",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def wait_for(*starts: str) -> list[str]:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if AT.sub("", line).startswith(starts):
                return seen
        raise AssertionError("".join(seen))

    # A line that never comes ends the wait for it.
    patience = Timer(PATIENCE, process.kill)
    patience.start()
    with process:
        try:
            yield process, wait_for
        finally:
            patience.cancel()
            process.kill()


@contextmanager
def away() -> Iterator[None]:
    """The database fails the command: PostgreSQL ends its connections, and all hold locks for longer than it waits."""
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLES accounts_session WRITE")
            yield
            cursor.execute("UNLOCK TABLES")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE accounts_session")
            ours = "application_name = %s AND datname = current_database()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}", [NAME])  # noqa: S608
            assert (True,) in cursor.fetchall()
        yield


def once() -> list[str]:
    call_command("work", once=True, stdout=(output := StringIO()))
    return output.getvalue().splitlines()
