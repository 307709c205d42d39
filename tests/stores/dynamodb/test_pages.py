"""Outbox and runs where each page of an answer has one item. There is no index, so nothing else comes late."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.stores.dynamodb.doubles import PagesOfOne
from tests.stores.samples import AddClient
from tests.stores.suite.outbox import OutboxSuite
from tests.stores.suite.runs import RunsSuite
from tests.support.dynamodb import client, own_tables
from tokens.conf.dynamodb import DynamoDB
from tokens.stores import memory
from tokens.stores.base import Store
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.outbox import Outbox
from tokens.stores.dynamodb.service import Service
from tokens.stores.dynamodb.state import State
from tokens.stores.dynamodb.store import store_of
from tokens.stores.memory.state import State as Memory

__all__ = ["own_tables"]


def now() -> datetime:
    return datetime.now(UTC)  # this machine's clock: the database's may move with each connection


@pytest.fixture
def held() -> Memory:
    """The clients: no connection to a database waits for so many calls."""
    return Memory(now)


@pytest.fixture
def store(own_tables: DynamoDB, held: Memory) -> Store:
    state = State(Service(PagesOfOne(client())), own_tables.prefix, "0", now)
    return replace(store_of(state), outbox=Outbox(state, Journal(state), memory.store_of(held).clients))


@pytest.fixture
def add_client(held: Memory) -> AddClient:
    return lambda client: held.clients.update({client.client_id: client})


class TestPageByPage(OutboxSuite, RunsSuite):
    pass
