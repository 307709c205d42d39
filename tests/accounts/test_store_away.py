"""While the store that counts failures cannot answer, no password is judged, and nobody is told a wrong answer."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import stores
from accounts.ground import clock
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.state import State
from accounts.ground.unavailable import Unavailable
from accounts.models import LoginSession, Throttle, User
from accounts.sign_in import guesses
from accounts.stores.dynamodb.store import REGION, store_of
from accounts.stores.orm.throttles import Throttles
from accounts.throttles import Counter
from tests.accounts.authenticator import add_app, first_step
from tests.accounts.passkeys import enrolled
from tests.stores.dynamodb.failing import Failing
from tests.support.dynamodb import client, own_tables
from tests.support.people import PASSWORD
from tokens.checks import store_checks

__all__ = ["own_tables"]


def test_who_is_disabled_or_deleted_is_so_all_the_same(
    person: User,
    own_tables: DynamoDB,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = Failing(client())
    store = store_of(State(service, own_tables.prefix, REGION, clock.now))
    monkeypatch.setattr(stores, "_of_path", lambda path: store)
    service.fails |= {"update_item", "query", "delete_item", "batch_write_item"}
    with django_capture_on_commit_callbacks(execute=True):
        call_command("users", "disable", "alice")
    assert not User.objects.get().is_active
    assert "failures at an account are not forgotten yet (Unavailable)" in caplog.text
    with django_capture_on_commit_callbacks(execute=True):
        person.delete()
    assert not User.objects.exists()


def test_what_was_not_judged_is_not_counted(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store answers for the first counter, and not for the second."""
    spend, asked = Throttles.spend, count()

    def failing(self: Throttles, counter: Counter) -> timedelta | None:
        if next(asked) == 1:
            raise Unavailable(timedelta(seconds=2))
        return spend(self, counter)

    monkeypatch.setattr(Throttles, "spend", failing)
    browser = Client(raise_request_exception=False)
    assert browser.post("/accounts/login/", {"login": "alice", "password": PASSWORD}).status_code == 503
    assert not Throttle.objects.exclude(failures=0).exists()


@pytest.mark.parametrize("operation", ["update_item", "query"])
@pytest.mark.parametrize("password", [PASSWORD, "x" * 20])
def test_a_sign_in_is_503_until_it_is_back(
    person: User, own_tables: DynamoDB, monkeypatch: pytest.MonkeyPatch, operation: str, password: str
) -> None:
    service = Failing(client())
    store = store_of(State(service, own_tables.prefix, REGION, clock.now))
    monkeypatch.setattr(stores, "_of_path", lambda path: store)
    browser = Client(raise_request_exception=False)
    form = {"login": "alice", "password": password}
    judged = 303 if password == PASSWORD else 422
    service.fails.add(operation)
    answer = browser.post("/accounts/login/", form)
    # Once it was counted, a right password asks only that failures be forgotten, and a wrong one nothing.
    is_met = operation == "update_item"
    assert answer.status_code == (503 if is_met else judged)
    assert ("Retry-After" in answer) is is_met
    service.fails.clear()
    assert browser.post("/accounts/login/", form).status_code == judged


def _away(*_: Any) -> None:
    raise Unavailable(timedelta(seconds=2))


@pytest.mark.parametrize("way", ["app", "recovery code"])
def test_a_code_is_not_spent_for_nothing_where_failures_cannot_be_forgotten(
    person: User, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    app = add_app(person)
    where = first_step(client)
    assert [client.post(where, {"code": app.wrong()}).status_code for _ in range(2)] == [422, 422]
    monkeypatch.setattr(Throttles, "forget", _away)
    right = app.code() if way == "app" else app.recovery_codes[0]
    assert client.post(where, {"code": right}).status_code == 303
    assert LoginSession.objects.get().acr == "mfa"
    assert guesses.counted(str(person.pk))["code", "stranger"].failures == 3, "they stay counted"
    assert "failures at an account are not forgotten yet (Unavailable)" in caplog.text


def test_a_node_whose_people_alone_are_there_asks_for_it(
    own_tables: DynamoDB, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "store" not in store_checks()
    settings.ACCOUNTS, settings.DYNAMODB = replace(settings.ACCOUNTS, store="dynamodb"), own_tables
    assert [check() for check in store_checks().values()] == [None, None]
    settings.DYNAMODB = replace(own_tables, prefix="none.")
    assert "there is no such table" in str(store_checks()["store"]())


def test_a_passkey_is_503_until_it_is_back_and_is_still_good_then_once(
    person: User, own_tables: DynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Failing(client())
    store = store_of(State(service, own_tables.prefix, REGION, clock.now))
    monkeypatch.setattr(stores, "_of_path", lambda path: store)
    device, _ = enrolled(person)
    browser = Client(raise_request_exception=False)
    page: Any = browser.get("/accounts/login/")
    form = {"passkey": device.get(json.loads(page.context["passkey_options"]))}
    service.fails.add("update_item")
    refused = browser.post("/accounts/login/", form)
    assert (refused.status_code, "Retry-After" in refused) == (503, True)
    service.fails.clear()
    assert browser.post("/accounts/login/", form).status_code == 303
    browser.post("/accounts/logout/")
    assert browser.post("/accounts/login/", form).status_code == 422
