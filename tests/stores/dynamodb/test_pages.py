"""Outbox and runs where each page of an answer has one item. There is no index, so nothing else comes late."""

import pytest

from accounts.ground import clock
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK
from accounts.ground.dynamodb.unit import Condition
from tests.stores.dynamodb.doubles import PagesOfOne
from tests.stores.samples import AddClient
from tests.stores.suite.outbox import OutboxSuite
from tests.stores.suite.runs import RunsSuite
from tests.support.dynamodb import client, own_tables
from tokens.protocol.records import Client
from tokens.stores.base import Store
from tokens.stores.dynamodb import published
from tokens.stores.dynamodb.store import store_of

__all__ = ["own_tables"]


@pytest.fixture
def state(own_tables: DynamoDB) -> State:
    return State(Service(PagesOfOne(client())), own_tables.prefix, "0", clock.now)


@pytest.fixture
def store(state: State) -> Store:
    return store_of(state)


@pytest.fixture
def add_client(state: State) -> AddClient:
    """As it is published: no connection to a database waits for so many calls."""

    def add(client: Client) -> None:
        newer: list[Condition] = [(PK, "absent", None), (published.VERSION, "<", 1)]
        state.write(published.place(client.client_id), newer, published.item_of(client, 1, 1))

    return add


class TestPageByPage(OutboxSuite, RunsSuite):
    pass
