"""The checks of /readyz: the clock that it compares with the database's, the limits of its connection."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import connections

from idp.databases import MYSQL_SESSION
from idp.node import health, readiness
from idp.node.alone import be_alone
from idp.node.limits import limits
from idp.postgresql.connection import MARK, SHARED


@pytest.mark.parametrize(
    ("before", "told", "after", "off"),
    [
        (100.0, 100.2, 100.5, 0.0),
        (100.0, 112.5, 100.5, 12.0),
        (100.0, 85.0, 100.5, -15.0),
        # A slow answer proves nothing: the clocks may well agree.
        (100.0, 104.0, 130.0, 0.0),
    ],
)
def test_a_clock_is_off_by_what_is_certain(before: float, told: float, after: float, off: float) -> None:
    assert readiness.skew(before, told, after) == pytest.approx(off)


@pytest.mark.django_db
@pytest.mark.parametrize(("ahead", "fault"), [(0, False), (8, False), (-8, False), (15, True), (-15, True)])
def test_a_node_more_than_ten_seconds_off_is_unready(ahead: int, fault: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr(readiness, "time", SimpleNamespace(time=lambda: now() + ahead))
    said = readiness.clock()
    assert (said is not None) is fault
    assert said is None or said.endswith(" s off the database's")


OFF: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "postgresql": {
        "statement_timeout": ("0", "statement_timeout is 0, not 3s"),
        "lock_timeout": ("'1h'", "lock_timeout is 1h, not 2s"),
        "idle_in_transaction_session_timeout": ("0", "idle_in_transaction_session_timeout is 0, not 10s"),
        "default_transaction_isolation": (
            "serializable",
            "default_transaction_isolation is serializable, not read committed",
        ),
        MARK: ("'another'", SHARED),
    },
    "mysql": {
        "max_statement_time": ("0", "max_statement_time is 0.0, not 3"),
        "innodb_lock_wait_timeout": ("50", "innodb_lock_wait_timeout is 50, not 1"),
        "time_zone": ("'+01:00'", "time_zone is +01:00, not +00:00"),
        "sql_mode": ("''", f"sql_mode is , not {MYSQL_SESSION['sql_mode'].strip(chr(39))}"),
        "tx_isolation": ("'REPEATABLE-READ'", "tx_isolation is REPEATABLE-READ, not READ-COMMITTED"),
    },
    "sqlite": {},
}


@pytest.fixture
def own() -> Iterator[None]:
    """A connection that goes with the test: its settings would outlive it on the shared one."""
    here = connections["default"]
    be_alone()
    yield
    connections["default"].close()
    connections["default"] = here


@pytest.mark.django_db
@pytest.mark.usefixtures("limited", "own")
def test_each_limit_is_read_back_and_one_that_is_off_is_told_with_what_would_be_right() -> None:
    assert limits() is None
    for name, (value, told) in OFF[connections["default"].vendor].items():
        connections["default"].close()
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SET {name} = {value}")
        assert limits() == told


@pytest.mark.django_db(transaction=True)
def test_readiness_asks_by_a_connection_that_is_not_the_pools_and_looks_at_it_first() -> None:
    def ask_twice() -> list[object]:
        be_alone()
        connection = connections["default"]
        assert "pool" not in connection.settings_dict["OPTIONS"]
        found = [health._ask(readiness.database), connection.connection]
        if connection.vendor == "postgresql":
            connection.connection.pgconn.finish()
        found += [health._ask(readiness.database), connection.connection]
        connection.close()
        return found

    with ThreadPoolExecutor(1) as thread:
        first, held, second, renewed = thread.submit(ask_twice).result()
    assert (first, second) == (None, None)
    assert (held is renewed) is (connections["default"].vendor != "postgresql")
