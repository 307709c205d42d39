"""Tables of a test's own, on a real server, and a store on them."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from accounts.ground import clock
from accounts.ground.dynamodb.client import patient
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.state import State
from tests.servers.dynamodb import PREFIX, REGION, url
from tests.stores.dynamodb.failing import Failing
from tests.stores.dynamodb.judge import Judge
from tests.stores.dynamodb.own import Settings
from tests.support.dynamodb import client, own_tables
from tokens import stores
from tokens.conf import minter
from tokens.stores.base import Store
from tokens.stores.dynamodb.creating import Tables
from tokens.stores.dynamodb.store import store_of

__all__ = ["own_tables"]


@pytest.fixture(autouse=True)
def _judged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every write of a store in the tables of the run is held to the kinds that are declared."""
    if not {"store", "own_tables"} <= set(request.fixturenames):
        yield
        return
    request.getfixturevalue("own_tables")  # which takes away what a test before has left
    with Judge(PREFIX, minter().region).watching(client()):
        yield


@pytest.fixture(scope="session")
def operator() -> Any:
    """A client that waits."""
    return patient(DynamoDB(region=REGION, endpoint=url()))


@pytest.fixture
def own(operator: Any) -> Iterator[Settings]:
    """Makes settings of tables that nobody else has, and which go with the test."""
    prefix = f"t{uuid4().hex[:8]}."
    yield lambda **more: DynamoDB(**{"region": REGION, "endpoint": url(), "prefix": prefix, **more})
    for name in Tables(operator, DynamoDB(prefix=prefix)).described():
        try:
            operator.update_table(TableName=name, DeletionProtectionEnabled=False)
        except operator.exceptions.ResourceNotFoundException:
            continue
        operator.delete_table(TableName=name)


@pytest.fixture
def service(own_tables: DynamoDB) -> Failing:
    return Failing(client())


@pytest.fixture
def store(service: Failing, own_tables: DynamoDB, monkeypatch: pytest.MonkeyPatch) -> Store:
    """What all of the product takes for its store."""
    store = store_of(State(service, own_tables.prefix, "0", clock.now))
    monkeypatch.setattr(stores, "_of_path", lambda path: store)
    return store
