"""The parts that are there, on ministack; the others in memory."""

import os
from datetime import UTC, datetime
from dataclasses import replace
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from tests.stores.samples import AddClient
from tests.stores.suite import AccessTokensSuite, AuthorizationsSuite, UnitsSuite, ConsentsSuite, KeysSuite, ClientAssertionsSuite, CodesSuite, InteractionsSuite, JournalSuite, RefreshTokensSuite
from tokens.stores.base import Store
from tokens.stores.dynamodb.access_tokens import AccessTokens
from tokens.stores.dynamodb.authorizations import Authorizations
from tokens.stores.dynamodb.client_assertions import ClientAssertions
from tokens.stores.dynamodb.codes import Codes
from tokens.stores.dynamodb.consents import Consents
from tokens.stores.dynamodb.creating import Tables, Wanted
from tokens.stores.dynamodb.interactions import Interactions
from tokens.stores.dynamodb.journal import Journal
from tokens.stores.dynamodb.keys import Keys
from tokens.stores.dynamodb.refresh_tokens import RefreshTokens
from tokens.stores.dynamodb.service import Service
from tokens.stores.dynamodb.state import State
from tokens.stores.dynamodb.units import Units
from tokens.stores.dynamodb import deadline
from tokens.stores.memory import store_of
from tokens.stores.memory.state import State as Memory


@pytest.fixture(scope="session")
def client():
    return boto3.client("dynamodb", endpoint_url=os.environ["TEST_DYNAMODB_URL"], region_name="eu-central-1", aws_access_key_id="t", aws_secret_access_key="t", config=Config(retries={"total_max_attempts": 1}, parameter_validation=False))


@pytest.fixture(scope="session")
def prefix(client):
    prefix = f"t{uuid4().hex[:6]}."
    Tables(client, Wanted(prefix=prefix, tags={}), pause=lambda _: None).create()
    return prefix


@pytest.fixture
def memory():
    return Memory(lambda: datetime.now(UTC))


@pytest.fixture
def store(memory, client, prefix) -> Store:
    for name in ("one_time", "id_access_tokens", "long_lived_authorizations", "revocation_journal", "signing_keys"):
        keys = [k["AttributeName"] for k in client.describe_table(TableName=prefix+name)["Table"]["KeySchema"]]
        for item in client.scan(TableName=prefix+name)["Items"]:
            client.delete_item(TableName=prefix+name, Key={k: item[k] for k in keys})
    deadline.begin()
    def call(operation, /, **p):
        deadline.begin()
        return service(operation, **p)
    service = Service(client)
    state = State(call, prefix, "0", lambda: datetime.now(UTC))
    journal = Journal(state)
    held = store_of(memory)
    return replace(held, authorizations=Authorizations(state, journal, held.clients), codes=Codes(state, journal), access_tokens=AccessTokens(state), refresh_tokens=RefreshTokens(state), journal=journal, consents=Consents(state, journal), keys=Keys(state), client_assertions=ClientAssertions(state), interactions=Interactions(state, journal), units=Units(state))


@pytest.fixture
def add_client(memory) -> AddClient:
    return lambda client: memory.clients.update({client.client_id: client})


class TestParts(AccessTokensSuite, AuthorizationsSuite, UnitsSuite, ConsentsSuite, KeysSuite, ClientAssertionsSuite, CodesSuite, InteractionsSuite, JournalSuite, RefreshTokensSuite):
    pass
