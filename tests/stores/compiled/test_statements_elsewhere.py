"""Every statement that we write is compiled for MySQL and Oracle, on which no test runs (docs/databases.md)."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, connection

from accounts.ground import dialects
from accounts.ground.dialects import DIALECTS
from accounts.ground.locking import first, limited
from accounts.ground.sql.statement import as_sql
from accounts.ground.taken_back import despite_collision, was_taken_back
from accounts.models import Session
from accounts.sessions import statements as sessions
from accounts.stores.base.codes import Code
from accounts.stores.base.throttles import Counter, Limit
from accounts.stores.orm.statements import codes, once, unfinished
from accounts.stores.orm.statements import throttles as throttle
from tests.stores.accounts.calls import SIGN_IN
from tests.stores.compiled.servers import FOREIGN, Server
from tests.stores.test_once import NOW, OF_ACCOUNTS, ONCE, called, says_the_same
from tokens.stores.orm.statements import STATEMENTS

LIMIT = Limit(failures=3, kept=timedelta(hours=1), waits=((2, timedelta(minutes=1)),))


@pytest.mark.parametrize("name", [*STATEMENTS, *OF_ACCOUNTS])
def test_a_named_statement_is_compiled(elsewhere: Server, name: str) -> None:
    statement, values = called(name)
    with elsewhere.in_use():
        if not statement.runs_here():
            return  # of these the next test tells
        sql = as_sql(statement.build(*values))
    assert sql.text.count("%s") == len(sql.values)
    assert elsewhere.faults(sql.text) == []


def test_what_a_database_cannot_run_is_what_others_return_or_do_at_once(elsewhere: Server) -> None:
    with elsewhere.in_use():
        left_out = {name for name in [*STATEMENTS, *OF_ACCOUNTS] if not called(name)[0].runs_here()}
    assert left_out == {
        "authorizations.add.with_first",
        "codes.attempt.returning",
        "codes.consume",
        "refresh_tokens.add.replace",
        "refresh_tokens.consume",
        "sign_ins.end",
        "sweeping.delete_expired",
        *(["sweeping.delete_expired.each"] if elsewhere.name == "Oracle" else []),
    }


@pytest.mark.parametrize("sid", ["0.sid", None])
def test_the_statement_that_adds_a_session_is_compiled(elsewhere: Server, sid: str | None) -> None:
    row = Session(key_hash="a" * 43, version="a version", session_data="some data", expires=NOW, login_id=sid)
    with elsewhere.in_use():
        sql = sessions.add.sql(row)
    assert sql.text.count("%s") == len(sql.values)
    assert elsewhere.faults(sql.text) == []


@pytest.mark.parametrize("window", [False, True])
def test_the_statements_of_the_throttles_are_compiled(elsewhere: Server, window: bool) -> None:
    counter = Counter(key="k", limit=replace(LIMIT, window=window), account="alice")
    with elsewhere.in_use():
        made = [throttle.spend(counter, 1), throttle.counted("k")]
    for text, values in made:
        assert text.count("%s") == len(values)
        assert elsewhere.faults(text) == []


def test_what_writes_to_the_store_below_both_applications_is_compiled(elsewhere: Server) -> None:
    code = Code(digest="d", bound="b", expires=NOW)
    with elsewhere.in_use():
        made = [
            once.spend.sql("k", NOW, "0.a"),
            codes.put.sql("h", code),
            unfinished.add.sql(SIGN_IN),
            unfinished.prove.sql("k", "b", "password\n", "s", 1, NOW),
        ]
    for each in made:
        assert each.text.count("%s") == len(each.values)
        assert elsewhere.faults(each.text) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT clock_timestamp()",
        "UPDATE t SET a = 1 RETURNING a",
        "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING",
        "DELETE FROM t WHERE ctid = ANY(%s)",
        "SELECT a FROM t WHERE (a = 1",
    ],
)
def test_a_statement_of_another_database_is_noticed(elsewhere: Server, statement: str) -> None:
    assert elsewhere.faults(statement)
    assert elsewhere.faults(statement.replace("clock_timestamp()", "1").replace("(a = 1", "a = 1")) == [] or (
        statement.split()[0] != "SELECT"
    )


def test_every_database_has_its_record_and_what_is_foreign_to_it() -> None:
    assert {name for name, words in DIALECTS.items() if not words.was_run} == set(FOREIGN)
    assert connection.display_name in DIALECTS
    assert DIALECTS[connection.display_name].was_run


def test_rows_are_locked_with_a_limit_or_as_they_are_read(elsewhere: Server) -> None:
    """Oracle refuses FOR UPDATE with FETCH FIRST (ORA-02014)."""
    with elsewhere.in_use():
        rows = limited(get_user_model().objects.select_for_update().order_by("pk"), 10)
        text = str(rows.query)
    assert "FOR UPDATE" in text
    assert ("LIMIT 10" in text) is (elsewhere.name == "MySQL")
    assert "FETCH" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("with_limit", [True, False])
def test_no_more_rows_are_read_than_were_wanted(with_limit: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    users = get_user_model().objects
    for name in ("a", "b", "c"):
        users.create_user(name)
    monkeypatch.setattr(connection.features, "supports_select_for_update_with_limit", with_limit)
    assert first(limited(users.order_by("username").values_list("username", flat=True), 2), 2) == ["a", "b"]


def _refused(number: int) -> IntegrityError:
    """As python-oracledb tells it: a record with the number."""
    return IntegrityError(SimpleNamespace(code=number))


@pytest.fixture
def colliding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database in use refuses, as Oracle does, one of two that add a row at the same time."""
    name = connection.display_name
    words = replace(DIALECTS[name], upserts_collide=True, duplicate=1)
    monkeypatch.setattr(dialects, "DIALECTS", {**DIALECTS, name: words})


@pytest.mark.usefixtures("colliding")
@pytest.mark.parametrize(("number", "tries"), [(1, 2), (1400, 1)])
def test_who_was_refused_because_another_added_the_row_finds_it_and_nothing_else_is_tried_again(
    number: int, tries: int
) -> None:
    done: list[int] = []

    def write() -> int:
        done.append(number)
        if len(done) == 1:
            raise _refused(number)
        return len(done)

    if tries == 1:
        with pytest.raises(IntegrityError):
            despite_collision(write)
    else:
        assert despite_collision(write) == tries
    assert len(done) == tries


@pytest.mark.parametrize(
    ("error", "taken"),
    [
        (DatabaseError(SimpleNamespace(code=60)), True),  # ORA-00060
        (DatabaseError(SimpleNamespace(code=8177)), True),  # ORA-08177
        (DatabaseError(SimpleNamespace(code=942)), False),  # ORA-00942
        (DatabaseError(1213, "deadlock"), True),
        (DatabaseError(1146, "no such table"), False),
        (DatabaseError("database is locked"), False),
        (DatabaseError(), False),
    ],
)
def test_what_a_database_took_back_is_told_by_its_number(error: Any, taken: bool) -> None:
    assert was_taken_back(error) is taken


@pytest.mark.parametrize("name", ONCE)
def test_one_that_is_compiled_once_says_the_same_there(elsewhere: Server, name: str) -> None:
    with elsewhere.in_use():
        says_the_same(name)
