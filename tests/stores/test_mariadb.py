"""What the product relies on where the database is MariaDB."""

import copy
from typing import Any, cast

import pytest
from django.db import NotSupportedError, connection

from idp.databases import Connections, database
from idp.mariadb.base import COLLATION, DatabaseWrapper


def answer(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@pytest.fixture
def here(db: None) -> None:
    if connection.vendor != "mysql":
        pytest.skip("about MariaDB only: TEST_DATABASE=mariadb")


@pytest.mark.covers("S2 client")
@pytest.mark.usefixtures("here")
def test_every_text_is_compared_byte_for_byte() -> None:
    """But for JSON, which nothing compares and which has a binary collation of its own."""
    found = answer(
        "SELECT collation_name, count(*) FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    assert {name for name, _ in found} == {COLLATION, "utf8mb4_bin"}
    json = "SELECT count(*) FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()"
    [(checked,)] = answer(f"{json} AND lower(check_clause) LIKE 'json_valid%'")
    assert dict(found)["utf8mb4_bin"] == checked


@pytest.mark.usefixtures("here")
def test_a_connection_is_strict_bounded_and_in_utc() -> None:
    [(isolation, mode, zone, drift)] = answer(
        "SELECT @@tx_isolation, @@sql_mode, @@time_zone, timestampdiff(SECOND, utc_timestamp(), now())"
    )
    assert (isolation, zone, drift) == ("READ-COMMITTED", "+00:00", 0)
    assert {"STRICT_ALL_TABLES", "PIPES_AS_CONCAT"} <= set(str(mode).split(","))
    assert answer("SELECT @@max_statement_time, @@innodb_lock_wait_timeout, @@lock_wait_timeout") == [(3.0, 1, 1)]


@pytest.mark.parametrize(
    ("version", "said"),
    [("8.4.0", "MariaDB is supported, MySQL is not"), ("10.6.22-MariaDB", "MariaDB 10.11 or later is required")],
)
def test_another_database_than_the_tests_ran_on_is_refused(version: str, said: str) -> None:
    # As Django completes the settings of a database.
    made, _ = database("mysql://localhost/idp", Connections(pool=8, prepare_threshold=2))
    settings = copy.deepcopy(connection.settings_dict) | made
    wrapper = DatabaseWrapper(settings, "another")
    cast(dict[str, object], wrapper.__dict__)["mysql_server_data"] = {"version": version}
    with pytest.raises(NotSupportedError, match=said):
        wrapper.check_database_version_supported()
