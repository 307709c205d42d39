"""The store below both applications, of each kind."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from accounts.stores.base import Store
from accounts.stores.dynamodb.store import REGION, store_of
from accounts.stores.memory import codes, once, throttles, unfinished
from accounts.stores.orm import orm_store
from tests.servers.dynamodb import PREFIX
from tests.stores.dynamodb.judge import Judge
from tests.support.dynamodb import client, own_tables
from tests.support.time_passed import pass_time as pass_time_in_the_database

__all__ = ["own_tables"]


@pytest.fixture(params=["memory", "orm", "dynamodb"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def clock() -> list[datetime]:
    """Of the stores that do not go by the database's."""
    return [datetime(2030, 1, 1, tzinfo=UTC)]


@pytest.fixture
def made(kind: str, clock: list[datetime], request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    """Makes the store. On DynamoDB every write of it is held to the kinds that are declared."""

    def now() -> datetime:
        return clock[0]

    if kind != "dynamodb":
        in_memory = Store(
            throttles=throttles.Throttles(now),
            once=once.Once(now),
            codes=codes.Codes(),
            unfinished=unfinished.Unfinished(now),
        )
        yield orm_store if kind == "orm" else lambda: in_memory
        return
    request.getfixturevalue("own_tables")
    with Judge(PREFIX, REGION).watching(client()):
        yield lambda: store_of(State(Service(client()), PREFIX, REGION, now))


@pytest.fixture
def store(db: None, made: Callable[[], Store]) -> Store:
    """In a transaction of the test's own."""
    return made()


@pytest.fixture
def shared(committed: None, made: Callable[[], Store]) -> Store:
    """What it writes others see."""
    return made()


@pytest.fixture
def pass_time(clock: list[datetime]) -> Callable[[timedelta], None]:
    """Lets time pass for what is counted, in all of them."""

    def moved(by: timedelta) -> None:
        clock[0] += by
        pass_time_in_the_database(by)

    return moved
