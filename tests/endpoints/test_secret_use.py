"""When a client's secret was last used: noted for operators who rotate secrets, and never in the way of a request."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.endpoints.lifecycle import introspect, is_active
from tests.support.endpoints import post
from tests.support.held import change, held, only
from tests.support.messages import TOKEN, Registered, basic
from tokens.protocol.records import ClientSecret
from tokens.registration import clients


@pytest.fixture
def used(token: str, web: Registered) -> None:
    """It is noted now; each test says when it was used before."""
    assert only(ClientSecret).last_used is not None


def last_used() -> datetime | None:
    return held(ClientSecret)[0].last_used


def ago(**time: int) -> datetime:
    instant = datetime.now(UTC) - timedelta(**time)
    change(ClientSecret, {"last_used": instant})
    return instant


@pytest.mark.server("it reads the statements of a database")
@pytest.mark.sql("it reads its statements")
@pytest.mark.usefixtures("used")
def test_a_use_is_noted_when_the_last_note_is_five_minutes_old(anybody: Client, web: Registered, token: str) -> None:
    recent = ago(minutes=4, seconds=58)
    assert is_active(anybody, web, token)
    assert last_used() == recent
    old = ago(minutes=5, seconds=1)
    with CaptureQueriesContext(connection) as captured:
        assert is_active(anybody, web, token)
    found = last_used()
    assert found is not None
    assert found > old + timedelta(minutes=5)
    assert len([query for query in captured if query["sql"].startswith("UPDATE")]) == 1


def test_only_the_secret_that_was_shown_is_noted(anybody: Client, web: Registered, token: str) -> None:
    another = clients.add_secret(web.client_id, only(ClientSecret).id)
    assert another is not None
    change(ClientSecret, {"last_used": None})
    for secret in ("wrong", "", another):
        form = {"client_id": web.client_id, "client_secret": secret, "token": token}
        post(anybody, "/oauth2/introspect", form)
        post(anybody, TOKEN, {"grant_type": "refresh_token"}, basic(web.client_id, secret))
    first, second = held(ClientSecret)
    assert (first.last_used, second.last_used is not None) == (None, True)


@pytest.mark.usefixtures("used")
@pytest.mark.server("it makes the database read-only")
@pytest.mark.sql("elsewhere it is away in other ways")
def test_a_database_that_is_read_only_still_answers(
    anybody: Client, web: Registered, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    if connection.vendor == "mysql":
        pytest.skip("MariaDB makes no transaction read-only that has begun")
    before = ago(hours=1)
    with transaction.atomic():
        _read_only("on")
        answer = introspect(anybody, web, token)
        _read_only("off")
        transaction.set_rollback(True)
    assert (answer.status_code, answer.json()["active"]) == (200, True)
    assert f"the use of a secret of client {web.client_id} was not noted: " in caplog.text
    assert web.client_secret not in caplog.text
    assert last_used() == before


def _read_only(state: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA query_only = {state}")
        elif state == "on":
            # Ends with the savepoint, which is rolled back.
            cursor.execute("SET LOCAL transaction_read_only = on")
