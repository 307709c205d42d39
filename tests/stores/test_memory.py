"""The store in memory."""

from datetime import UTC, datetime

import pytest

from tests.stores.contention import ContentionSuite
from tests.stores.races import SweepingRaceSuite
from tests.stores.samples import AddClient, AddResource
from tests.stores.suite import StoreSuite
from tests.stores.suite.lists_by_client import ListsByClientSuite
from tests.stores.suite.sweeping import SweepingSuite
from tokens.stores.base import Store
from tokens.stores.memory import store_of
from tokens.stores.memory.state import State


@pytest.fixture
def memory() -> State:
    return State(lambda: datetime.now(UTC))


@pytest.fixture
def store(memory: State) -> Store:
    return store_of(memory)


@pytest.fixture
def add_client(memory: State) -> AddClient:
    return lambda client: memory.clients.update({client.client_id: client})


@pytest.fixture
def add_resource(memory: State) -> AddResource:
    return lambda resource: memory.resources.update({resource.identifier: resource})


class TestMemoryStore(StoreSuite, ListsByClientSuite, SweepingSuite):
    pass


class TestMemoryStoreUnderContention(ContentionSuite, SweepingRaceSuite):
    pass
