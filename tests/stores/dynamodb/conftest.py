"""A store on tables of its own."""

import pytest

from accounts.ground import clock
from tests.stores.dynamodb.failing import Failing
from tests.support.commits import commits
from tests.support.dynamodb import client, own_tables
from tokens import stores
from tokens.conf.dynamodb import DynamoDB
from tokens.stores.base import Store
from tokens.stores.dynamodb.state import State
from tokens.stores.dynamodb.store import store_of

__all__ = ["commits", "own_tables"]


@pytest.fixture
def service(own_tables: DynamoDB) -> Failing:
    return Failing(client())


@pytest.fixture
def store(service: Failing, own_tables: DynamoDB, monkeypatch: pytest.MonkeyPatch) -> Store:
    """What all of the product takes for its store."""
    store = store_of(State(service, own_tables.prefix, "0", clock.now))
    monkeypatch.setattr(stores, "_of_path", lambda path: store)
    return store
