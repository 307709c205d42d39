"""BEGIN and COMMIT travel with statements: how often the server is waited for, and that it does and says the same."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DataError, IntegrityError, InternalError, OperationalError, ProgrammingError

from idp.postgresql.base import DatabaseWrapper
from idp.postgresql.connection import Connection
from tests.running.database.database import OWN, Database, ask

TABLE = f"travelled_{OWN}"
ADD = f"INSERT INTO {TABLE} (name, number) VALUES (%s, %s)"  # noqa: S608 a name of ours
HOSTILE = 'it\'s 100 % \\ "quoted"; DROP TABLE travelled; --'


@pytest.fixture
def table(server: str) -> Iterator[None]:
    with psycopg.connect(server, autocommit=True) as own:
        own.execute(f"CREATE TABLE {TABLE} (name text PRIMARY KEY, number integer)".encode())
        yield
        own.execute(f"DROP TABLE {TABLE}".encode())


@pytest.fixture
def within(table: None, pooled: DatabaseWrapper) -> DatabaseWrapper:
    """At the beginning of a transaction."""
    ask(pooled)
    pooled.ensure_connection()
    pooled.set_autocommit(False)
    return pooled


@pytest.fixture
def trips(within: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One for each time that the server is waited for on this connection; the pool makes others meanwhile."""
    made: list[int] = []
    wait = Connection.wait

    def noted(self: Connection, *arguments: Any, **named: Any) -> Any:
        if self is within.connection:
            made.append(1)
        return wait(self, *arguments, **named)

    monkeypatch.setattr(Connection, "wait", noted)
    return made


def run(wrapper: DatabaseWrapper, query: str, *values: Any) -> Any:
    with wrapper.travelling_cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def hold(wrapper: DatabaseWrapper, *values: Any) -> None:
    with wrapper.travelling_cursor(holds=True) as cursor:
        cursor.execute(ADD, values)


def names(database_url: str) -> list[str]:
    with psycopg.connect(database_url) as own:
        return [name for (name,) in own.execute(f"SELECT name FROM {TABLE} ORDER BY name".encode())]  # noqa: S608 as above


def test_a_transaction_costs_no_round_trip_of_its_own(within: DatabaseWrapper, trips: list[int], server: str) -> None:
    assert run(within, ADD + " RETURNING name", "a", 1) == [("a",)]
    assert run(within, f"UPDATE {TABLE} SET number = %s WHERE name = %s", 2, "a") == 1  # noqa: S608 as above
    hold(within, "b", 3)
    within.commit()
    assert (names(server), len(trips)) == (["a", "b"], 3)


def test_what_is_asked_next_sees_what_waited_for_it(within: DatabaseWrapper, trips: list[int]) -> None:
    hold(within, HOSTILE, None)
    hold(within, "b", -1)
    assert run(within, f"SELECT name, number FROM {TABLE} WHERE number IS NULL OR name = %s", "none") == [  # noqa: S608 as above
        (HOSTILE, None)
    ]
    assert len(trips) == 1


def test_a_transaction_of_nothing_asks_nothing(within: DatabaseWrapper, trips: list[int]) -> None:
    within.commit()
    within.rollback()
    assert within.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert trips == [1, 1], "psycopg looks whether there is one"


def test_what_is_refused_is_told_at_the_end_and_takes_all_back(within: DatabaseWrapper, server: str) -> None:
    run(within, ADD, "a", 1)
    hold(within, "b", 1)
    hold(within, "a", 2)
    with pytest.raises(IntegrityError):
        within.commit()
    within.rollback()
    assert names(server) == []


def test_what_is_refused_is_told_by_the_next_statement_of_a_savepoint_and_takes_back_no_more(
    within: DatabaseWrapper, server: str
) -> None:
    run(within, ADD, "a", 1)
    savepoint = within.savepoint()
    assert savepoint is not None
    hold(within, "a", 2)
    with pytest.raises(IntegrityError):
        within.savepoint_commit(savepoint)
    within.savepoint_rollback(savepoint)
    within.commit()
    assert names(server) == ["a"]


def test_what_is_rolled_back_leaves_nothing_that_waits(within: DatabaseWrapper, server: str) -> None:
    hold(within, "a", 1)
    within.rollback()
    run(within, ADD, "b", 1)
    within.commit()
    assert names(server) == ["b"]


def test_a_connection_that_goes_back_takes_nothing_along(within: DatabaseWrapper) -> None:
    """Whoever has it next would write it."""
    hold(within, "a", 1)
    travelling = within.connection.travelling
    within.close()
    assert not travelling.begins
    travelling._begins = True
    assert travelling.take() == ["BEGIN"]


def test_outside_a_transaction_nothing_waits(within: DatabaseWrapper, server: str) -> None:
    within.set_autocommit(True)
    hold(within, "a", 1)
    assert names(server) == ["a"]


def test_what_takes_nothing_along_begins_the_transaction_all_the_same(within: DatabaseWrapper, server: str) -> None:
    with within.cursor() as cursor:
        cursor.executemany(ADD, [("a", 1), ("b", 2)])
    within.rollback()
    with within.cursor() as cursor, cursor.copy(f"COPY {TABLE} (name) FROM STDIN") as copy:
        copy.write_row(("c",))
    within.rollback()
    hold(within, "d", 1)
    with within.chunked_cursor() as cursor:
        cursor.execute(f"SELECT name FROM {TABLE}")  # noqa: S608 as above
        assert cursor.fetchall() == [("d",)]
    within.rollback()
    assert names(server) == []


def test_what_others_write_travels_with_nothing(within: DatabaseWrapper, trips: list[int], server: str) -> None:
    """Django's own statements, and those of other libraries: their values are bound."""
    hold(within, "a", 1)
    with within.cursor() as cursor:
        cursor.execute("SELECT %s - -%s::int", [1, -2])
        assert (cursor.fetchall(), len(trips)) == ([(-1,)], 2)
    within.commit()
    assert names(server) == ["a"]


def test_what_goes_alone_is_bound_and_prepared(within: DatabaseWrapper) -> None:
    run(within, "SELECT 1")
    for number in range(4):
        assert run(within, "SELECT %s::int", number) == [(number,)]
    assert ("SELECT $1::int",) in run(within, "SELECT statement FROM pg_prepared_statements")


@pytest.mark.parametrize("value", ["\0", "\ud800"])
def test_what_waits_waits_on_where_the_next_cannot_be_written(within: DatabaseWrapper, server: str, value: str) -> None:
    run(within, ADD, "a", 1)
    hold(within, "b", 1)
    with pytest.raises((DataError, UnicodeEncodeError)):
        run(within, "SELECT %s::text", value)
    within.commit()
    assert names(server) == ["a", "b"]


def test_a_failure_that_was_swallowed_is_told_at_the_end(within: DatabaseWrapper, server: str) -> None:
    """The server would roll back, and say nothing."""
    run(within, ADD, "a", 1)
    hold(within, "a", 2)
    with pytest.raises(IntegrityError):
        within.savepoint()
    with pytest.raises(InternalError, match="cannot be committed"):
        within.commit()
    within.rollback()
    assert names(server) == []


def test_what_waits_is_of_the_savepoint_that_is_given_up(within: DatabaseWrapper, server: str) -> None:
    hold(within, "a", 1)
    savepoint = within.savepoint()
    assert savepoint is not None
    hold(within, "a", 2)
    within.savepoint_rollback(savepoint)
    within.commit()
    assert names(server) == ["a"]


@pytest.mark.parametrize("held", [False, True])
def test_a_transaction_that_nobody_ended_is_not_left(within: DatabaseWrapper, held: bool) -> None:
    (hold if held else run)(within, *(() if held else (ADD,)), "a", 1)
    with pytest.raises(ProgrammingError, match="a transaction is open"):
        within.set_autocommit(True)


def test_each_statement_that_travels_has_the_servers_limit(
    within: DatabaseWrapper, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "deadline", 2.5)
    for name in ("a", "b"):
        with within.travelling_cursor(holds=True) as cursor:
            cursor.execute(f"INSERT INTO {TABLE} SELECT %s FROM pg_sleep(1.5)", [name])  # noqa: S608 as above
    within.commit()
    assert names(server) == ["a", "b"]


def test_a_comment_at_the_end_hides_nothing(within: DatabaseWrapper, server: str) -> None:
    with within.travelling_cursor(holds=True) as cursor:
        cursor.execute(f"INSERT INTO {TABLE} VALUES ('a') -- the end")  # noqa: S608 as above
    within.commit()
    assert names(server) == ["a"]


@pytest.mark.parametrize("held", [False, True])
def test_a_commit_that_nobody_answers_ends_at_its_deadline(
    within: DatabaseWrapper, relayed: Database, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "deadline", 2.0)
    run(within, ADD, "a", 1)
    if held:
        hold(within, "b", 1)
    with relayed.relay.silent(), pytest.raises(OperationalError, match="did not answer"):
        within.commit()
    assert within.connection.closed
