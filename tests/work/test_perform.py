"""Scheduled work by a claim: what is done, what is told of it, and who may not act."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from pytest_django.fixtures import Settings

from accounts.ground.task import KEPT, GoOn, Task
from tests.support.held import let_leases_run_out, let_tasks_be_due
from tokens.conf import conf
from tokens.keys import local, rotation
from tokens.protocol.records import Run
from tokens.stores import store
from tokens.work import schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[GoOn], Mapping[str, int]]], None]:
    """Puts the work into the table, as `a task` that is done once an hour."""

    def put(work: Callable[[GoOn], Mapping[str, int]]) -> None:
        monkeypatch.setattr(schedule, "TASKS", {"a task": Task(3600, work)})

    return put


Put = Callable[[Callable[[GoOn], Mapping[str, int]]], None]


def only_run() -> Run:
    [run] = store().runs.of_task("a task", 2)
    return run


def take_over() -> None:
    """Another node claims the task, as it may when a claim ran out."""
    let_leases_run_out()
    assert (
        store().runs.claim("a task", timedelta(hours=1), timedelta(minutes=1), timedelta(days=1), "another") is not None
    )


def test_a_run_tells_what_was_done_by_whom_and_how_long_it_took(task: Put) -> None:
    task(lambda go_on: {"rows": 3, "others": 0} if go_on() else {})
    assert schedule.perform("a task") == {"rows": 3}
    assert schedule.perform("a task") is None
    run = only_run()
    assert (run.task, run.epoch, run.rows, run.error, run.node) == (
        "a task",
        1,
        {"rows": 3},
        "",
        schedule.this_process(),
    )
    assert run.finished is not None
    assert run.started <= run.finished
    assert run.expires - run.started == KEPT


def test_an_error_ends_the_run_and_only_its_name_is_kept(task: Put) -> None:
    def work(go_on: GoOn) -> Mapping[str, int]:
        raise OperationalError("password=s3cr3t")

    task(work)
    with pytest.raises(OperationalError):
        schedule.perform("a task")
    run = only_run()
    assert (run.rows, run.error) == ({}, "OperationalError")
    assert schedule.perform("a task") is None
    [report] = schedule.reports()
    assert (report.runs, report.failures, report.success_age) == (1, 1, None)


def test_work_that_is_told_to_stop_ends_early_and_well(task: Put) -> None:
    def work(go_on: GoOn) -> Mapping[str, int]:
        return {"rows": next(count for count in range(10) if not go_on())}

    calls = iter([False, False, True])
    task(work)
    assert schedule.perform("a task", lambda: next(calls)) == {"rows": 2}
    assert only_run().error == ""


def test_whoever_was_overtaken_may_not_go_on_and_it_is_told(task: Put, caplog: pytest.LogCaptureFixture) -> None:
    went_on = []

    def work(go_on: GoOn) -> Mapping[str, int]:
        went_on.append(go_on())
        take_over()
        went_on.append(go_on())
        return {"rows": 1}

    task(work)
    with caplog.at_level(logging.WARNING):
        schedule.perform("a task")
    assert went_on == [True, False]
    assert [record.getMessage() for record in caplog.records] == [
        "a task 1: another run began before this one was finished"
    ]
    _, overtaken = store().runs.of_task("a task", 2)
    assert (overtaken.epoch, overtaken.error) == (1, "it took too long, and another run began")
    [report] = schedule.reports()
    assert (report.runs, report.failures, report.success_age) == (2, 0, None)


def test_a_worker_that_woke_up_too_late_moves_no_key(
    task: Put, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """It slept between the look at the keys and the step: as long as the key took to make."""
    generate = local.generate

    def sleep(*arguments: object) -> object:
        take_over()
        return generate(*arguments)  # type: ignore[arg-type]  # passed on as they came

    settings.TOKENS = replace(conf(), signing_algs=("ES256",))
    monkeypatch.setattr(rotation, "generate", sleep)
    task(schedule._rotate_keys)
    assert schedule.perform("a task") == {}
    assert store().keys.all() == []
    monkeypatch.setattr(rotation, "generate", generate)
    let_tasks_be_due()
    assert schedule.perform("a task") == {"make active": 1}


def test_every_task_is_asked_for_before_its_claim_runs_out() -> None:
    """A run holds its claim for HOLD seconds from each step on; a message lapses before the next interval."""
    assert all(task.dispatch < task.interval for task in schedule.TASKS.values())
    assert all(task.kept >= timedelta(seconds=2 * task.interval) for task in schedule.TASKS.values())


def test_two_tasks_of_one_name_are_refused() -> None:
    task = Task(60, lambda go_on: {})
    assert schedule.joined({"a": task}, {"b": task}) == {"a": task, "b": task}
    with pytest.raises(ValueError, match="two scheduled tasks are called b"):
        schedule.joined({"a": task, "b": task}, {"b": task})
