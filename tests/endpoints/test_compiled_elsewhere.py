"""What people's requests ask through Django's ORM is compiled for MySQL and Oracle, too.

Programs' requests ask named statements only (`test_compiled.py`), and these are compiled by name
(`tests/stores/compiled`)."""

from collections.abc import Callable
from copy import copy
from typing import Any

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models.sql import InsertQuery, Query
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.sessions import expiry
from tests.stores.compiled.servers import SERVERS, Server, server
from tests.support.endpoints import location
from tests.support.messages import AUTHORIZE, Registered, authorization_request
from tests.support.people import PASSWORD

pytestmark = pytest.mark.server("what the store in memory would not ask of a database")

LOGIN, REAUTHENTICATE, CHANGE = "/accounts/login/", "/accounts/reauthenticate/", "/accounts/password/change/"
OVERVIEW = "/"
NEW = "eleven kites over the quiet marsh"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """Each query that is made from now on."""
    made: list[Query] = []
    compiler: Callable[..., Any] = Query.get_compiler

    def get_compiler(query: Query, using: Any = None, connection: Any = None, *more: Any, **named: Any) -> Any:
        if connection is None:  # no part of another
            made.append(_as_it_is(query))
        return compiler(query, using, connection, *more, **named)

    monkeypatch.setattr(Query, "get_compiler", get_compiler)
    # What is asked instead where a database has no such lock is ours to choose.
    for lock in ("supports_select_for_update_with_limit", "has_select_for_no_key_update"):
        monkeypatch.setattr(connection.features, lock, False)
    return made


def test_what_people_ask_for_is_compiled(settings: Settings, web: Registered, asked: list[Query]) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    User.objects.create_user("carol", "carol@example.org", PASSWORD)
    browser, right = Client(), {"login": "carol", "password": PASSWORD}
    begun = location(browser.get(AUTHORIZE, authorization_request(web)))[1]["next"]
    assert browser.post(LOGIN, right | {"password": "wrong"}).status_code == 422
    assert browser.post(LOGIN, right | {"next": begun}).status_code in (302, 303)
    assert browser.get(begun).status_code in (302, 303)
    assert browser.post(REAUTHENTICATE, right).status_code in (302, 303)
    assert browser.get(OVERVIEW).status_code == 200
    assert browser.post(CHANGE, {"current_password": PASSWORD, "new_password": NEW}).status_code in (302, 303)
    assert browser.post("/accounts/logout/").status_code in (302, 303)
    # What a process compiles once is compiled by its name in `tests/stores/compiled`.
    _compiled(asked, at_least=20)


@pytest.mark.django_db(transaction=True)
def test_what_a_clean_up_asks_for_is_compiled(asked: list[Query]) -> None:
    expiry.delete_expired(10)
    expiry.lag({})
    _compiled(asked, at_least=8)


def _compiled(asked: list[Query], at_least: int) -> None:
    queries = list(asked)
    assert len(queries) >= at_least
    for each in map(server, SERVERS):
        assert [fault for query in queries for fault in _faults(each, query)] == []


def _as_it_is(query: Query) -> Query:
    """What is asked later of a row that it adds may change the row."""
    kept = query.chain()
    if isinstance(kept, InsertQuery):
        kept.objs = [copy(row) for row in kept.objs]
    return kept


def _faults(elsewhere: Server, query: Query) -> list[str]:
    """What the other database would not understand, each with its statement."""
    with elsewhere.without_tables():
        try:
            # MySQL's UPDATE of a join begins with a look at the rows, and there are none.
            made = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        except EmptyResultSet:
            return []
    statements = [made] if isinstance(made, tuple) else made
    return [f"{fault}: {text}" for text, _ in statements if text for fault in elsewhere.faults(text)]
