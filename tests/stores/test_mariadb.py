"""What the product relies on where the database is MariaDB, and which servers of its kind are refused."""

import copy
from typing import Any, cast

import pytest
from django.db import NotSupportedError, connection

from accounts.ground.dialects import DIALECTS
from idp.databases import Connections, database
from idp.mariadb.base import DatabaseWrapper


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
    assert {name for name, _ in found} == {DIALECTS["MariaDB"].collation, "utf8mb4_bin"}
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


def answered(scheme: str, version: str) -> DatabaseWrapper:
    """What speaks to a server of that version."""
    # As Django completes the settings of a database.
    made, _ = database(f"{scheme}://localhost/idp", Connections(pool=8, prepare_threshold=2))
    wrapper = DatabaseWrapper(copy.deepcopy(connection.settings_dict) | made, "another")
    cast(dict[str, object], wrapper.__dict__)["mysql_server_data"] = {"version": version}
    return wrapper


@pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("8.0.36", "MySQL 8.4 or later is required"),
        ("8.3.0", "MySQL 8.4 or later is required"),
        ("8.0.11-TiDB-v7.5.1", "MySQL 8.4 or later is required"),
        ("10.6.22-MariaDB", "MariaDB 10.11 or later is required"),
    ],
)
def test_a_server_is_refused_by_what_it_is_in_one_line(scheme: str, version: str, said: str) -> None:
    with pytest.raises(NotSupportedError, match=said) as refused:
        answered(scheme, version).check_database_version_supported()
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
@pytest.mark.parametrize(("version", "name"), [("8.4.6", "MySQL"), ("9.4.0", "MySQL"), ("10.11.6-MariaDB", "MariaDB")])
def test_a_server_is_what_it_says_whatever_the_url_begins_with(scheme: str, version: str, name: str) -> None:
    wrapper = answered(scheme, version)
    wrapper.check_database_version_supported()
    assert wrapper.display_name == name
