"""The store on DynamoDB."""

import pytest

from accounts.ground import clock
from tests.stores import rows
from tests.stores.contention import ContentionSuite
from tests.stores.samples import AddClient, AddResource
from tests.stores.suite import StoreSuite
from tests.stores.suite.lists_by_client import NoListsByClientSuite
from tests.support.dynamodb import client, own_tables
from tokens.conf.dynamodb import DynamoDB
from tokens.stores.base import Store
from tokens.stores.dynamodb.service import Service
from tokens.stores.dynamodb.state import State
from tokens.stores.dynamodb.store import store_of

__all__ = ["own_tables"]


@pytest.fixture
def store(own_tables: DynamoDB) -> Store:
    return store_of(State(Service(client()), own_tables.prefix, "0", clock.now))


@pytest.fixture
def add_client() -> AddClient:
    return rows.add_client


@pytest.fixture
def add_resource() -> AddResource:
    return rows.add_resource


@pytest.mark.django_db
class TestDynamoDBStore(StoreSuite, NoListsByClientSuite):
    pass


@pytest.mark.usefixtures("committed")
class TestDynamoDBStoreUnderContention(ContentionSuite):
    pass
