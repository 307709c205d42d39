"""Tables of this process's own on the run's DynamoDB, emptied between tests by what the process wrote."""

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from accounts.conf import conf as accounts_conf
from accounts.ground.dynamodb import client as made_clients
from accounts.ground.dynamodb import deadline
from accounts.ground.dynamodb.client import client_of
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.tables import TTL
from tests.servers import dynamodb
from tests.servers.dynamodb import PREFIX
from tests.servers.written import written
from tests.support.commits import commits
from tokens.conf import conf as tokens_conf
from tokens.stores.dynamodb.creating import Tables
from tokens.stores.dynamodb.tables import TABLES

PATIENCE = 60.0
"""Seconds, before a run that hangs goes on."""
THREADS = 64
"""As many as race in any test."""


@contextmanager
def patience() -> Iterator[None]:
    """Within it, no call is given up because the machine is busy, by a client that was made within it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadline, "SECONDS", PATIENCE)
        for name in ("CONNECT", "READ"):
            patch.setattr(made_clients, name, PATIENCE / 2)
        yield


@functools.cache
def conf() -> DynamoDB:
    """Where this process's tables are, and what they are called."""
    return DynamoDB(region=dynamodb.REGION, endpoint=dynamodb.url(), prefix=PREFIX)


@functools.cache
def client() -> Any:
    """One that waits."""
    with patience():
        return client_of(conf(), THREADS)


@functools.cache
def make_tables() -> None:
    """Once."""
    tables().create()
    keep_what_expired(client(), PREFIX)


def keep_what_expired(client: Any, prefix: str) -> None:
    """What a test adds has often expired long ago: a local server would take it away within a minute, in the middle
    of the test, where the service takes days."""
    if dynamodb.NAMED not in os.environ:
        off = {"Enabled": False, "AttributeName": TTL}
        for name in (f"{prefix}{table.name}" for table in TABLES.values() if table.ends):
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=off)


def tables() -> Tables:
    return Tables(client(), conf())


@contextmanager
def emptied() -> Iterator[None]:
    """This process's tables are there, without what it put there before, and nobody is in a hurry. Clients are
    published though the test's transaction is never committed."""
    with patience():
        make_tables()
        written.forget(client())
        deadline.end()  # of a request that a test before left open
        with commits():
            yield


@pytest.fixture
def own_tables() -> Iterator[DynamoDB]:
    """For a test of the store, whichever store the run is on."""
    with emptied():
        yield conf()


@pytest.fixture
def on_dynamodb(own_tables: DynamoDB, settings: Settings) -> None:
    """The stores of this test, whichever the run is on."""
    settings.DYNAMODB = own_tables
    settings.ACCOUNTS = replace(accounts_conf(), store="dynamodb")
    settings.TOKENS = replace(tokens_conf(), store="dynamodb")
