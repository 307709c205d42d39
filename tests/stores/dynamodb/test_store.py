"""The store on DynamoDB does what every store does, and so by several threads at once."""

import pytest

from tests.stores import rows
from tests.stores.contention import ContentionSuite
from tests.stores.samples import AddClient, AddResource
from tests.stores.suite import StoreSuite
from tests.stores.suite.lists_by_client import NoListsByClientSuite
from tokens.stores.base import Store


@pytest.fixture
def add_client(store: Store) -> AddClient:
    return lambda client: rows.add_client_to(store, client)


@pytest.fixture
def add_resource() -> AddResource:
    return rows.add_resource


@pytest.mark.django_db
class TestDynamoDBStore(StoreSuite, NoListsByClientSuite):
    pass


@pytest.mark.usefixtures("committed")
class TestDynamoDBStoreUnderContention(ContentionSuite):
    pass
