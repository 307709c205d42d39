"""The store in memory."""

import pytest

from tests.stores.contention import ContentionSuite
from tests.stores.suite import AddClient, AddResource, StoreSuite
from tokens.stores.base import Store
from tokens.stores.memory import MemoryStore


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def store(memory: MemoryStore) -> Store:
    return memory


@pytest.fixture
def add_client(memory: MemoryStore) -> AddClient:
    return memory.add_client


@pytest.fixture
def add_resource(memory: MemoryStore) -> AddResource:
    return memory.add_resource


class TestMemoryStore(StoreSuite):
    pass


class TestMemoryStoreUnderContention(ContentionSuite):
    pass
