"""`dynamodb warm`: what tables serve at once becomes more, and never less. The local server takes what it is told of
it, and forgets it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.stub import Stubber
from django.core.management import CommandError

from accounts.ground.dynamodb.client import patient
from accounts.ground.dynamodb.conf import DynamoDB
from tests.stores.dynamodb.own import Settings
from tests.stores.dynamodb.test_command import ran
from tokens.management.dynamodb import warm
from tokens.stores.dynamodb import creating
from tokens.stores.dynamodb.creating import Tables
from tokens.stores.dynamodb.described import Warm
from tokens.stores.dynamodb.tables import TABLES

NAME = "avouch.runs"


def told(reads: int, writes: int, status: str = "ACTIVE") -> dict[str, Any]:
    held = {"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes, "Status": status}
    return {"TableStatus": "ACTIVE", "WarmThroughput": held}


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client that answers as it is told, of tables of which there is one."""
    monkeypatch.setattr(creating, "TABLES", {"runs": TABLES["runs"]})
    client = patient(DynamoDB(region="eu-central-1", endpoint="http://127.0.0.1:1"))
    with Stubber(client) as stub:
        stub.tables = Tables(client, DynamoDB())
        yield stub
        stub.assert_no_pending_responses()


def test_a_table_that_serves_less_is_told_and_what_it_has_more_of_is_kept(stub: Any) -> None:
    stub.add_response("describe_table", {"Table": told(40_000, 4_000)})
    asked = {"TableName": NAME, "WarmThroughput": {"WriteUnitsPerSecond": 8_000}}
    stub.add_response("update_table", {"TableDescription": told(40_000, 8_000, "UPDATING")}, asked)
    warmed = stub.tables.warm(["runs"], 24_000, 8_000)
    assert warmed == {NAME: Warm(reads=40_000, writes=8_000, is_changing=True)}


@pytest.mark.parametrize("is_so", [told(24_000, 8_000), told(12_000, 4_000, "UPDATING")])
def test_one_that_serves_as_much_or_is_about_to_change_is_left(stub: Any, is_so: dict[str, Any]) -> None:
    stub.add_response("describe_table", {"Table": is_so})
    [found] = stub.tables.warm(["runs"], 24_000, 8_000).values()
    assert found.writes == is_so["WarmThroughput"]["WriteUnitsPerSecond"]


def test_one_that_is_not_named_or_not_there_is_left(stub: Any) -> None:
    stub.add_response("describe_table", {"Table": told(12_000, 4_000)})
    stub.add_client_error("describe_table", "ResourceNotFoundException")
    assert stub.tables.warm(["one_time"], 24_000, 8_000) == {}
    assert stub.tables.warm(["runs"], 24_000, 8_000) == {}


def test_the_command_shows_all_tables_and_takes_units(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def tables() -> Iterator[Tables]:
        yield stub.tables

    monkeypatch.setattr(warm, "tables_there", tables)
    stub.add_response("describe_table", {"Table": told(12_000, 4_000)})
    assert ran("warm")[1][1].split() == [NAME, "12,000", "4,000", "now"]
    stub.add_response("describe_table", {"Table": told(12_000, 4_000)})
    stub.add_response("update_table", {"TableDescription": told(24_000, 8_000, "UPDATING")})
    code, lines, _ = ran("warm", "runs", "--reads", "24000", "--writes", "8000", "--json")
    assert (code, lines) == (0, ['[{"table": "avouch.runs", "reads": 24000, "writes": 8000, "changing": true}]'])


def test_the_server_takes_what_it_is_asked(operator: Any, own: Settings) -> None:
    tables = Tables(operator, own())
    tables.create()
    assert [*tables.warm(["one_time"], 24_000, 8_000)] == [f"{own().prefix}one_time"]


def test_what_is_to_serve_more_is_named() -> None:
    with pytest.raises(CommandError, match=r"^TABLE: avouch\.runs: the tables are clients, "):
        ran("warm", "avouch.runs")
    with pytest.raises(CommandError, match=r"^TABLE: name those"):
        ran("warm", "--writes", "8000")
