"""The store on DynamoDB."""

import os
from typing import Any
from uuid import uuid4

import pytest

from accounts.ground import clock
from tests.stores import rows
from tests.stores.contention import ContentionSuite
from tests.stores.samples import AddClient, AddResource
from tests.stores.suite import StoreSuite
from tests.stores.suite.lists_by_client import NoListsByClientSuite
from tokens.conf.dynamodb import DynamoDB
from tokens.stores.base import Store
from tokens.stores.dynamodb.client import client_of
from tokens.stores.dynamodb.creating import Tables, Wanted
from tokens.stores.dynamodb.service import Service
from tokens.stores.dynamodb.state import State
from tokens.stores.dynamodb.store import store_of


@pytest.fixture(scope="session")
def client() -> Any:
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    return client_of(DynamoDB(region="eu-central-1", endpoint=os.environ["TEST_DYNAMODB_URL"]), 32)


@pytest.fixture(scope="session")
def prefix(client: Any) -> str:
    prefix = f"t{uuid4().hex[:6]}."
    Tables(client, Wanted(prefix=prefix, tags={}), pause=lambda _: None).create()
    return prefix


@pytest.fixture
def store(client: Any, prefix: str) -> Store:
    for name in ("one_time", "id_access_tokens", "long_lived_authorizations", "revocation_journal", "signing_keys"):
        keys = [k["AttributeName"] for k in client.describe_table(TableName=prefix + name)["Table"]["KeySchema"]]
        for item in client.scan(TableName=prefix + name)["Items"]:
            client.delete_item(TableName=prefix + name, Key={k: item[k] for k in keys})
    return store_of(State(Service(client), prefix, "0", clock.now))


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
