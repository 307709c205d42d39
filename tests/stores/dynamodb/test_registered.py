"""Clients and resources on DynamoDB: written in SQL, published from there."""

import pytest

from tests.stores import rows
from tests.stores.contention import ContentionSuite
from tests.stores.races import RaceSuite
from tests.stores.samples import AddClient, AddResource
from tests.stores.suite.clients import ClientsSuite
from tests.stores.suite.resources import ResourcesSuite
from tokens.stores.base import Store


@pytest.fixture
def add_client(store: Store) -> AddClient:
    return lambda client: rows.add_client_to(store, client)


@pytest.fixture
def add_resource() -> AddResource:
    return rows.add_resource


@pytest.mark.django_db
class TestRegistered(ClientsSuite, ResourcesSuite):
    pass


@pytest.mark.usefixtures("committed")
class TestRegisteredUnderContention:
    race = ContentionSuite.race
    test_clients_are_asked_for = RaceSuite.test_all_can_ask_for_clients_and_keys_beside_one_who_adds
    test_clients_are_written = RaceSuite.test_one_writes_a_client_and_one_adds_its_secret
    test_resources_are_written = RaceSuite.test_one_gets_an_identifier_however_it_is_spelled
