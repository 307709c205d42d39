"""What a node asks of DynamoDB before it may be sent requests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import exceptions

from accounts.ground.dynamodb import deadline
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import MOST_READ, State
from accounts.ground.unavailable import Unavailable
from tokens.stores.dynamodb.readiness import checks, skew
from tokens.stores.dynamodb.tables import TABLES

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)


def refused(code: str) -> exceptions.ClientError:
    said = {"Error": {"Code": code, "Message": "…"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return exceptions.ClientError(said, "BatchGetItem")


def asked(name: str, answer: Callable[[], dict[str, Any]]) -> str | None:
    """What the check says where the service answers so."""
    client = SimpleNamespace(batch_get_item=lambda **parameters: answer())
    return checks(State(Service(client), "a.", "0", lambda: NOW))[name]()


def told(date: str | None) -> dict[str, Any]:
    return {"Responses": {}, "ResponseMetadata": {"HTTPHeaders": {"date": date} if date is not None else {}}}


def test_all_tables_are_asked_in_one_call() -> None:
    seen: list[Any] = []

    def batch_get_item(**parameters: Any) -> dict[str, Any]:
        seen.append(parameters["RequestItems"])
        return told(None)

    client = SimpleNamespace(batch_get_item=batch_get_item)
    assert checks(State(Service(client), "a.", "0", lambda: NOW))["store"]() is None
    (items,) = seen
    assert items.keys() == {f"a.{name}" for name in TABLES}
    assert len(items) <= MOST_READ
    for name, table in TABLES.items():
        (key,) = items[f"a.{name}"]["Keys"]
        assert key.keys() == {*table.keys}


def test_what_is_wrong_with_this_nodes_settings_is_named() -> None:
    def missing() -> dict[str, Any]:
        raise refused("ResourceNotFoundException")

    said = asked("store", missing)
    assert said is not None
    assert said.startswith("IDP_DYNAMODB_PREFIX: there is no such table")


def test_the_clock_of_a_service_that_does_not_answer_is_not_told() -> None:
    def broken() -> dict[str, Any]:
        raise exceptions.NoCredentialsError

    with pytest.raises(Unavailable):
        asked("store's clock", broken)


def test_who_had_no_time_to_ask_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "SECONDS", 0.0)
    with pytest.raises(Unavailable):
        asked("store", lambda: told(None))


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Fri, 01 Jan 2027 12:00:00 GMT", None),
        ("Fri, 01 Jan 2027 12:00:10 GMT", None),
        ("Fri, 01 Jan 2027 12:00:12 GMT", "12.0 s off the service's"),
        ("Fri, 01 Jan 2027 11:59:49 GMT", None),
        ("Fri, 01 Jan 2027 11:59:48 GMT", "-11.0 s off the service's"),
        (None, "the service's answers tell no time"),
    ],
)
def test_its_clock_is_compared_within_the_margin_and_its_second_is_a_whole_one(
    date: str | None, said: str | None
) -> None:
    assert asked("store's clock", lambda: told(date)) == said


@pytest.mark.parametrize(("second", "off"), [(0, 0.0), (-0.5, 0.0), (-3, -2.0), (1, 0.0), (3, 2.0)])
def test_a_clock_is_off_by_what_is_certain(second: float, off: float) -> None:
    after = NOW + timedelta(seconds=1)
    assert skew(NOW, NOW + timedelta(seconds=second), after).total_seconds() == off
