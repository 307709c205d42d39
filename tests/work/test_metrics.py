"""`/metrics`: what a monitor reads, and nobody else."""

from datetime import UTC, datetime, timedelta
from subprocess import run
from sys import executable

import pytest
from django.db import OperationalError
from django.db.models import F
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.models import Mail, Session, Walk
from accounts.sessions import expiry
from idp.local import command_lines
from tests.stores.kinds import add
from tests.support import builders
from tokens.stores import store
from tokens.stores.base.kinds import EXPIRING, REFERRING
from tokens.work import schedule

pytestmark = pytest.mark.django_db
TOKEN = "a token of a monitor"
LATE = 600.0


def away_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is away when it is asked for the lag."""

    def fail(*_: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(sessions, "lag", fail)


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def read(**headers: str) -> dict[tuple[str, ...], float]:
    """Each sample's value by its name and the values of its labels."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", **headers})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    families = text_string_to_metric_families(answer.content.decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_a_task_that_never_ran_is_never_done_and_one_that_did_tells_how() -> None:
    expired = datetime.now(UTC) - timedelta(days=3)
    for key in ("one", "another"):
        Session.objects.create(key_hash=key, version="v", session_data="", expires=expired)
    schedule.perform("delete_expired")
    found = read()
    assert found["idp_task_last_success_age_seconds", "rotate_keys"] == float("inf")
    assert 0 <= found["idp_task_last_success_age_seconds", "delete_expired"] < 60
    assert 0 < found["idp_task_last_duration_seconds", "delete_expired"] < 60
    assert found["idp_task_last_rows", "session", "delete_expired"] == 2
    assert [found["idp_task_runs_total", name] for name in schedule.TASKS] == [
        float(name == "delete_expired") for name in schedule.TASKS
    ]
    assert {found["idp_task_failures_total", name] for name in schedule.TASKS} == {0}


@pytest.mark.sql("elsewhere what is over goes by itself")
def test_the_lag_is_told_of_every_kind() -> None:
    grace = timedelta(hours=24)
    add(store(), "refresh_token", datetime.now(UTC) - grace - timedelta(seconds=LATE))
    found = of_kinds("idp_cleanup_lag_seconds")
    assert LATE <= found.pop("refresh_token") < LATE + 60
    others = {*EXPIRING, *expiry.TABLES} - {"refresh_token"}
    assert found == dict.fromkeys(others, 0)


def of_kinds(metric: str) -> dict[str, float]:
    return {labels[0]: value for (name, *labels), value in read().items() if name == metric}


@pytest.mark.sql("elsewhere what is over goes by itself")
def test_the_lag_of_orphans_is_told_of_every_kind_that_names_others() -> None:
    """Since when one may have been there: the last whole walk began then."""
    assert of_kinds("idp_orphans_lag_seconds") == dict.fromkeys(REFERRING, float("inf"))
    schedule.perform("delete_orphans")
    Walk.objects.filter(pk="orphans consent").update(whole=F("whole") - timedelta(seconds=LATE))
    found = of_kinds("idp_orphans_lag_seconds")
    assert LATE <= found.pop("consent") < LATE + 60
    assert set(found) == {*REFERRING} - {"consent"}
    assert all(0 <= seconds < 60 for seconds in found.values())


@pytest.mark.covers("S77 labels")
def test_no_label_tells_of_a_client_or_a_person() -> None:
    client, person = builders.register("web"), builders.person()
    builders.save_code(client.client_id, str(person.pk))
    schedule.perform("delete_expired")
    text = " ".join(" ".join(key) for key in read())
    assert not any(secret in text for secret in (client.client_id, str(person.pk), person.username))


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", "Bearer a token of a monito", f"Basic {TOKEN}", f"bearer {TOKEN}", TOKEN, "Bearer ä"],
)
def test_who_shows_another_token_is_refused(shown: str) -> None:
    answer = Client().get("/metrics", headers={"Authorization": shown})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["WWW-Authenticate"] == 'Bearer realm="metrics"'
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_there_are_no_metrics(settings: Settings, token: str | None) -> None:
    settings.METRICS_TOKEN = token
    for shown in ("", "Bearer ", "Bearer None"):
        assert Client().get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_it_is_only_read() -> None:
    for method in ("post", "put", "delete"):
        assert getattr(Client(), method)("/metrics").status_code == 405


def test_a_database_that_is_away_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    away_for_good(monkeypatch)
    sender = Client(raise_request_exception=False)
    answer = sender.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert answer["Retry-After"] == "2"


def test_a_node_that_nobody_monitors_does_not_load_what_writes_metrics() -> None:
    program = "import sys, django; django.setup(); import idp.urls; print('prometheus_client' in sys.modules)"
    finished = run([executable, "-c", program], capture_output=True, text=True, check=True, cwd=command_lines.ROOT)
    assert finished.stdout == "False\n"


def test_how_long_mail_waits_is_told_and_how_much_was_given_up() -> None:
    mails = ("idp_mail_lag_seconds", "idp_mail_waiting", "idp_mail_given_up")
    found = read()
    assert [found[name,] for name in mails] == [0, 0, 0]
    now = datetime.now(UTC)
    long_ago = now - timedelta(seconds=LATE)
    for recipient, due in (("waits", now + timedelta(hours=1)), ("given up", None), ("", None)):
        Mail.objects.create(kind="password_changed", recipient=recipient, created=long_ago, due=due, expires=now)
    found = read()
    assert LATE <= found[mails[0],] < LATE + 60
    assert [found[name,] for name in mails[1:]] == [1, 1]
