"""A connection to PostgreSQL: its limits, its deadline, and that it is looked at before it is used."""

import time
from contextlib import ExitStack
from urllib.parse import quote

import psycopg
import pytest
from django.db import OperationalError

from accounts.ground import clock
from idp.postgresql import base, connection
from idp.postgresql.base import DatabaseWrapper
from idp.postgresql.connection import LIMITS, Connection
from tests.running.database.database import APPLICATION, POOL, Database, ask
from tests.support.waiting import until

HANGS = 60.0  # seconds; who waits so long waits for ever
ASIDE = "-c statement_timeout=0 -c lock_timeout=0 -c default_transaction_isolation=serializable"
"""What a URL, a role or a database may say of its own."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds that a busy machine needs for no answer either."""
    monkeypatch.setattr(Connection, "deadline", 2.0)
    monkeypatch.setattr(connection, "PROOF", 2.0)


@pytest.mark.parametrize("options", ["", f"?options={quote(ASIDE)}"])
@pytest.mark.parametrize("autocommit", [True, False])
def test_its_limits_are_set_after_it_was_made_whatever_it_was_made_with(
    server: str, options: str, autocommit: bool
) -> None:
    with Connection.connect(f"{server}{options}", autocommit=autocommit) as made:
        assert made.autocommit
        assert made.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        for _ in range(2):
            for name, value in LIMITS.items():
                assert made.execute(f"SHOW {name}".encode()).fetchone() == (value,)
            made.rollback()


@pytest.mark.usefixtures("reckoned")
def test_it_tells_the_clock_what_the_databases_says(server: str) -> None:
    with Connection.connect(server):
        assert abs(clock.ahead()) < HANGS
        assert clock._offset is not None


@pytest.mark.usefixtures("impatient")
def test_a_statement_that_nobody_answers_ends_at_its_deadline_and_closes_its_connection(
    relayed: Database, pooled: DatabaseWrapper
) -> None:
    ask(pooled)
    began = time.monotonic()
    with relayed.relay.silent(), pytest.raises(OperationalError, match=r"did not answer within 2\.0 s"):
        ask(pooled)
    assert time.monotonic() - began < HANGS
    assert ask(pooled) == 1


def test_what_the_server_says_itself_is_told_and_closes_nothing(server: str) -> None:
    with Connection.connect(server) as made:
        made.execute("SET statement_timeout = 50")
        with pytest.raises(psycopg.errors.QueryCanceled):
            made.execute("SELECT pg_sleep(60)")
        assert (made.closed, made.silent) == (False, False)
        assert made.execute("SELECT 1").fetchone() == (1,)


def test_one_without_a_deadline_waits(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Connection.connect(server) as made:
        monkeypatch.setattr(Connection, "deadline", 0.1)
        made.deadline = None
        assert made.execute("SELECT pg_sleep(0.7), 1").fetchone() == ("", 1)


def test_none_that_was_closed_while_it_lay_idle_is_used(relayed: Database, pooled: DatabaseWrapper) -> None:
    _fill(pooled)
    relayed.end_all_others()
    # The relay passes the end on when it comes to it.
    until(lambda: all(connection._is_readable(each.pgconn.socket) for each in pooled.pool._pool))
    assert [ask(pooled) for _ in range(POOL + 1)] == [1] * (POOL + 1)


@pytest.mark.usefixtures("impatient")
def test_half_open_ones_are_found_before_they_are_used_and_all_replaced_at_once(
    relayed: Database, pooled: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(pooled)
    monkeypatch.setattr(connection, "IDLE", -1.0)
    asked = _count_proofs(monkeypatch)
    relayed.relay.forget()
    assert [ask(pooled) for _ in range(POOL + 1)] == [1] * (POOL + 1)
    assert asked.count(False) == 1, "one was waited for; the others went with it"


def test_one_in_use_is_not_asked_again_and_again(pooled: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _count_proofs(monkeypatch)
    assert [ask(pooled) for _ in range(5)] == [1] * 5
    assert asked == []


def test_one_that_was_made_since_is_left_alone(pooled: DatabaseWrapper) -> None:
    """Who misses a deadline after the others were replaced says nothing of them."""
    ask(pooled)
    silent = pooled.pool.getconn()
    base._renewed_at = time.monotonic()
    drained = pooled.pool._drained_at
    pooled._renew(silent)
    assert pooled.pool._drained_at == drained
    pooled.pool.putconn(silent)


def _fill(wrapper: DatabaseWrapper) -> None:
    """The pool has all that it may have, and they lie idle."""
    with ExitStack() as stack:
        for _ in range(POOL):
            taken = wrapper.pool.getconn() if wrapper.pool._opened else _first(wrapper)
            taken.execute(f"SET application_name = '{APPLICATION}'".encode())
            stack.callback(wrapper.pool.putconn, taken)


def _first(wrapper: DatabaseWrapper) -> Connection:
    wrapper.pool.open()
    taken: Connection = wrapper.pool.getconn()
    return taken


def _count_proofs(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each question whether somebody is there was answered."""
    asked: list[bool] = []
    ask_it = Connection._ask

    def note(self: Connection) -> None:
        asked.append(False)
        ask_it(self)
        asked[-1] = True

    monkeypatch.setattr(Connection, "_ask", note)
    return asked
