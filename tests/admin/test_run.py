"""The runs of scheduled work in the admin."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client as Browser
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from accounts.ground.task import GoOn, Task
from tests.admin.staff import BrowserOf
from tests.stores.kinds import add
from tokens import models
from tokens.stores import store
from tokens.work import schedule

URL = "/admin/tokens/run/"


@pytest.fixture
def root(browser_of: BrowserOf) -> Browser:
    return browser_of("superuser")


def cells(browser: Browser, query: str = "") -> list[list[str]]:
    """What the list of runs says, without when and how long."""
    found = browser.get(f"{URL}{query}").context["cl"]
    shown = found.model_admin
    return [[run.task, shown.outcome(run), shown.what(run), run.node] for run in found.result_list]


def test_a_run_is_listed_with_what_it_did_and_how_it_ended(root: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(go_on: GoOn) -> dict[str, int]:
        raise OperationalError("password=s3cr3t")

    add(store(), "consent", datetime.now(UTC) - timedelta(days=3))
    schedule.perform("delete_expired")
    monkeypatch.setattr(schedule, "TASKS", {**schedule.TASKS, "rotate_keys": Task(60, fail)})
    with pytest.raises(OperationalError):
        schedule.perform("rotate_keys")
    store().runs.claim("delete_orphans", timedelta(minutes=1), timedelta(minutes=1), timedelta(days=1), "a node")
    node = schedule.this_process()
    rows = [
        ["delete_orphans", "not finished", "-", "a node"],
        ["rotate_keys", "OperationalError", "nothing", node],
        ["delete_expired", "done", "1 consent", node],
    ]
    assert cells(root) == rows
    assert cells(root, "?task=rotate_keys") == rows[1:2]
    assert cells(root, "?task=unknown") == []
    page = (
        root.get(URL).content.decode()
        + root.get(f"{URL}{models.Run.objects.get(task='rotate_keys').pk}/").content.decode()
    )
    assert "s3cr3t" not in page


def test_above_the_list_stands_how_each_task_and_kind_fares(root: Browser) -> None:
    add(store(), "consent", datetime.now(UTC) - timedelta(days=3))
    before = root.get(URL)
    assert [report.success_age for report in before.context["reports"]] == [None] * len(schedule.TASKS)
    assert 2 * 24 * 3600 <= before.context["lag"]["consent"] < 2 * 24 * 3600 + 60
    schedule.perform("delete_expired")
    after = root.get(URL)
    assert after.context["lag"] == dict.fromkeys(before.context["lag"], 0)
    none = "There is none of any kind."
    assert [none in page.content.decode() for page in (before, after)] == [False, True]
    assert "never" in strip_tags(before.content.decode())
    ages = {report.task: report.success_age is not None for report in after.context["reports"]}
    assert ages == {name: name == "delete_expired" for name in schedule.TASKS}


def test_a_page_takes_few_statements(root: Browser, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    schedule.perform("delete_expired")
    for url in (URL, f"{URL}{models.Run.objects.get().pk}/change/"):
        with django_assert_max_num_queries(12):
            assert root.get(url).status_code == 200


@pytest.mark.parametrize("query", ["node__startswith=a", "rows__x=1", "error__gt=a"])
def test_no_other_column_is_asked(root: Browser, query: str) -> None:
    assert root.get(f"{URL}?{query}").status_code == 400
