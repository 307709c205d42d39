"""What a page, a prompt and a scheduled task of accounts take to be added: one file named like it (with its template)
and one line of a table, with its import. Everything else follows."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.rules.copies import ROOT, copy_product, insert_after, run

START = """
import json
from django.core.management import call_command
from django.test.utils import setup_test_environment

setup_test_environment()
call_command("migrate", verbosity=0)
"""
"""On a database of its own."""

TERMS = '''"""The terms that a person accepts once a request."""

from datetime import datetime

from django.http import HttpResponse

from tokens.interaction import interactions
from tokens.interaction.pages import Page, interaction_page
from tokens.protocol.records import Done


@interaction_page
def terms(page: Page, now: datetime) -> HttpResponse:
    if not page.posted:
        return page.show("tokens/terms.html", {})
    interactions.record(page.waiting, Done(kind="accepted", whose=page.current.sid), now)
    return page.leave()
'''
PROMPT = (
    '    "terms": Prompt(turn=4, due=lambda situation: not situation.did("accepted"),'
    ' refusal=lambda: ConsentRequired("the terms")),'
)
SHOW_PROMPT = (
    START
    + """
from idp.mount_list import is_for_people
from tests.support.browser import Browser, parameters_of
from tests.support.builders import person, register

alice, client, browser = person(), register(), Browser()
browser.http.force_login(alice)
refused = parameters_of(browser.authorize(client, prompt="none"))["error"]
browser.authorize(client, prompt="consent terms")
browser.answer()
page = browser.http.get(browser.place)
answer = parameters_of(browser.send("/oauth2/terms", {"interaction": browser.interaction}))
gone = Browser().open("/oauth2/terms", interaction="0.x")
metadata = browser.http.get("/.well-known/openid-configuration").json()
print(json.dumps({
    "refused": refused,
    "shown": [page.status_code, "Relying party" in page.content.decode()],
    "may leave": "form-action" not in page["Content-Security-Policy"],
    "answered": "code" in answer,
    "another browser": [gone.status_code, gone["Content-Type"]],
    "page": is_for_people("/oauth2/terms"),
    "discovery": metadata["prompt_values_supported"],
}))
"""
)

HELLO = '''"""A greeting."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def hello(request: HttpRequest) -> HttpResponse:
    if "broken" in request.GET:
        raise RuntimeError
    return render(request, "accounts/hello.html")
'''
SHOW_HELLO = (
    START
    + """
from django.test import Client

browser = Client(raise_request_exception=False)
page, broken = browser.get("/accounts/hello/"), browser.get("/accounts/hello/?broken")
print(json.dumps({
    "shown": [page.status_code, "Hello" in page.content.decode()],
    "policy": page["Content-Security-Policy"].endswith("form-action 'self'"),
    "broken": [broken.status_code, broken["Content-Type"], "Something broke" in broken.content.decode()],
}))
"""
)

CLOSING = '''"""Closes accounts whose time has come."""

from collections.abc import Mapping

from accounts.ground.task import GoOn


def close(go_on: GoOn) -> Mapping[str, int]:
    return {"account": 3} if go_on() else {}
'''
SHOW_TASK = (
    START
    + """
from io import StringIO
from django.conf import settings
from django.test import Client
from idp.celery import app
from tokens.admin.run import ByTask
from tokens.work import schedule

out = StringIO()
call_command("work", once=True, stdout=out)
settings.METRICS_TOKEN = "token"
metrics = Client().get("/metrics", headers={"Authorization": "Bearer token"}).content.decode()
app.loader.import_default_modules()
[run] = [report for report in schedule.reports() if report.task == "close_accounts"]
print(json.dumps({
    "work": [line for line in out.getvalue().splitlines() if line.startswith("close_accounts")],
    "again": schedule.perform("close_accounts"),
    "report": [run.runs, run.failures, run.rows],
    "celery": "tokens.close_accounts" in app.tasks,
    "metrics": 'idp_task_last_rows{kind="account",task="close_accounts"} 3.0' in metrics,
    "admin": ("close_accounts", "close_accounts") in ByTask.lookups(None, None, None),
}))
"""
)
SHOW_BEATS = """
import json
from idp.beat import Scheduler
from redbeat.schedulers import RedBeatScheduler
from idp.celery import app

RedBeatScheduler.setup_schedule = lambda scheduler: None
scheduler = Scheduler.__new__(Scheduler)
scheduler.app = app
scheduler.setup_schedule()
print(json.dumps(app.conf.beat_schedule.get("close_accounts")))
"""


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy whose programs may import what tests share, and have an SQLite database of their own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'db.sqlite3'}")
    return copy_product(tmp_path / "copy")


def shown(copy: Path, program: str) -> Any:
    return json.loads(run(copy, program).splitlines()[-1])


def template(copy: Path, name: str, words: str) -> None:
    (copy / "templates" / name).write_text('{% extends "base.html" %}{% block content %}' + words + "{% endblock %}")


def test_a_prompt_is_a_line_and_its_page_a_file_a_template_and_a_line(copy: Path) -> None:
    (copy / "tokens/views/terms.py").write_text(TERMS)
    template(copy, "tokens/terms.html", "{{ client.client_name }}")
    urls = copy / "tokens/urls.py"
    insert_after(urls, "from tokens.views.token import token", "from tokens.views.terms import terms")
    insert_after(
        urls, 'path("oauth2/consent", consent, name="consent"),', '    path("oauth2/terms", terms, name="terms"),'
    )
    insert_after(copy / "tokens/protocol/prompts.py", "PROMPTS: Mapping[str, Prompt] = {", PROMPT)
    assert shown(copy, SHOW_PROMPT) == {
        "refused": "consent_required",
        "shown": [200, True],
        "may leave": True,
        "answered": True,
        "another browser": [400, "text/html; charset=utf-8"],
        "page": True,
        "discovery": ["none", "terms", "login", "consent", "select_account"],
    }


def test_a_page_of_accounts_is_a_file_a_template_and_a_line(copy: Path) -> None:
    (copy / "accounts/views/hello.py").write_text(HELLO)
    template(copy, "accounts/hello.html", "<h1>Hello</h1>")
    urls = copy / "accounts/urls.py"
    insert_after(urls, "from accounts.views.home import home", "from accounts.views.hello import hello")
    insert_after(urls, "account = [", '    path("hello/", hello, name="hello"),')
    assert shown(copy, SHOW_HELLO) == {
        "shown": [200, True],
        "policy": True,
        "broken": [500, "text/html; charset=utf-8", True],
    }


def test_a_scheduled_task_of_accounts_is_a_file_and_a_line(copy: Path) -> None:
    (copy / "accounts/work/closing.py").write_text(CLOSING)
    table = copy / "accounts/work/__init__.py"
    insert_after(table, "from accounts.ground.task import Task", "from accounts.work.closing import close")
    insert_after(table, "TASKS: Mapping[str, Task] = {", '    "close_accounts": Task(3600, close),')
    assert shown(copy, SHOW_TASK) == {
        "work": ["close_accounts: 3 account"],
        "again": None,
        "report": [1, 0, {"account": 3}],
        "celery": True,
        "metrics": True,
        "admin": True,
    }
    assert shown(copy, SHOW_BEATS) == {
        "task": "tokens.close_accounts",
        "schedule": 1800.0,
        "options": {"expires": 1800.0},
    }
