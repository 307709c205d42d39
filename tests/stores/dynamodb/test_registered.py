"""Clients and resources on DynamoDB: written in SQL, published from there."""

import pytest

from accounts.ground import clock
from tests.stores import rows
from tests.stores.contention import ContentionSuite
from tests.stores.samples import AddClient, AddResource
from tests.stores.suite.clients import ClientsSuite
from tests.stores.suite.resources import ResourcesSuite
from tests.support import dynamodb
from tests.support.commits import commits
from tests.support.dynamodb import own_tables
from tokens.conf.dynamodb import DynamoDB
from tokens.stores.base import Store
from tokens.stores.dynamodb.service import Service
from tokens.stores.dynamodb.state import State
from tokens.stores.dynamodb.store import store_of

__all__ = ["commits", "own_tables"]


@pytest.fixture
def store(own_tables: DynamoDB) -> Store:
    return store_of(State(Service(dynamodb.client()), own_tables.prefix, "0", clock.now))


@pytest.fixture
def add_client(store: Store) -> AddClient:
    return lambda client: rows.add_client_to(store, client)


@pytest.fixture
def add_resource() -> AddResource:
    return rows.add_resource


@pytest.mark.django_db
@pytest.mark.usefixtures("commits")
class TestRegistered(ClientsSuite, ResourcesSuite):
    pass


@pytest.mark.usefixtures("committed")
class TestContention(ContentionSuite):
    pass
