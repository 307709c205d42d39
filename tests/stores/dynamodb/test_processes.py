"""The store on DynamoDB under several processes at once, as the nodes of a cluster are."""

from collections.abc import Iterator

import pytest

from accounts.ground.dynamodb.conf import DynamoDB
from tests.servers import dynamodb
from tests.stores import rows
from tests.stores.processes import racers
from tests.stores.races import RUNNERS, Race, RaceSuite
from tests.stores.samples import AddClient
from tests.support.dynamodb import make_tables, tables
from tokens.stores.base import Store


@pytest.fixture(scope="module")
def race(django_db_setup: None) -> Iterator[Race]:
    make_tables()
    with racers(RUNNERS, **dynamodb.of_the_store()) as run:
        yield run


@pytest.fixture(autouse=True)
def _without_what_they_wrote(own_tables: DynamoDB) -> Iterator[None]:
    """Of which this process knows nothing."""
    yield
    tables().delete()
    make_tables.cache_clear()


@pytest.fixture
def add_client(store: Store) -> AddClient:
    return lambda client: rows.add_client_to(store, client)


@pytest.mark.usefixtures("committed")
class TestDynamoDBStoreBetweenProcesses(RaceSuite):
    pass
