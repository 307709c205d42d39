"""The store's verbs and the grants on a server that judges every call by the policies of deploy/."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pytest_django.fixtures import Settings

from accounts import stores as stores_of_people
from accounts.conf import conf as accounts_conf
from accounts.ground import clock
from accounts.ground.dynamodb.client import client_of, patient
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.service import Service
from accounts.ground.dynamodb.state import State
from tests.endpoints.on_the_wire import REQUESTS, World, world
from tests.servers.judging import ROOT, Judging, judging
from tests.stores import calls
from tests.stores.dynamodb.clock import clock as clock_of_the_store
from tests.stores.dynamodb.test_kinds import NOT_HERE
from tests.support.commits import commits
from tests.support.dynamodb import patience
from tokens import stores
from tokens.conf import conf as tokens_conf
from tokens.stores.dynamodb.clients import Clients
from tokens.stores.dynamodb.creating import Tables
from tokens.stores.dynamodb.reconciling import unknown
from tokens.stores.dynamodb.store import store_of

__all__ = ["clock_of_the_store", "world"]

DEPLOY = Path(__file__).parents[2] / "deploy/dynamodb"
TAGS = {"Effect": "Allow", "Action": ["dynamodb:ListTagsOfResource", "dynamodb:TagResource"], "Resource": "*"}
"""The service judges these by the table; this server does not see of which table they are."""
OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:GetUser"], "Resource": "*"}]}
Become = Callable[[str], AbstractContextManager[None]]

pytestmark = pytest.mark.server("a server that judges by policies")


@pytest.fixture
def server() -> Iterator[Judging]:
    with judging() as server:
        yield server


@pytest.fixture
def conf(server: Judging) -> DynamoDB:
    return DynamoDB(region=ROOT["AWS_REGION"], endpoint=server.url)


@pytest.fixture
def become(server: Judging) -> Become:
    """Within it, this process has the credentials of a user with the policy of that name."""
    users: Mapping[str, Mapping[str, str]] = {
        "creation": server.user("creation", with_more("creation", TAGS)),
        "runtime": server.user("runtime", (DEPLOY / "runtime.json").read_text()),
        "reconciling": server.user("reconciling", with_more("runtime", *policy("reconciling")["Statement"])),
    }

    @contextmanager
    def become(name: str) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in users[name].items():
                patch.setenv(variable, value)
            yield

    return become


@pytest.fixture
def tables(conf: DynamoDB, become: Become) -> DynamoDB:
    """Made by who may make them."""
    with become("creation"):
        Tables(patient(conf), conf).create()
    return conf


@pytest.fixture
def on_dynamodb(tables: DynamoDB, become: Become, settings: Settings) -> Iterator[None]:
    settings.DYNAMODB, settings.TOKENS = tables, replace(tokens_conf(), store="dynamodb")
    settings.ACCOUNTS = replace(accounts_conf(), store="dynamodb")
    for each in (stores, stores_of_people):
        each._of_path.cache_clear()
    with become("runtime"), patience(), commits():
        yield
    for each in (stores, stores_of_people):
        each._of_path.cache_clear()


def policy(name: str) -> Mapping[str, Any]:
    held: Mapping[str, Any] = json.loads((DEPLOY / f"{name}.json").read_text())
    return held


def with_more(name: str, *statements: Mapping[str, Any]) -> str:
    return json.dumps({**policy(name), "Statement": [*policy(name)["Statement"], *statements]})


def denied(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        return code == "AccessDeniedException"
    return False


def test_who_makes_the_tables_may_do_that_and_reads_and_writes_nothing(conf: DynamoDB, become: Become) -> None:
    with become("creation"):
        client = patient(conf)
        plain = Tables(client, conf)
        plain.create()
        plain.enable_stream()
        Tables(client, replace(conf, recovery=True, deletion_protection=True, tags=("team=identity",))).create()
        assert None not in plain.described().values()
        name, key = f"{conf.prefix}signing_keys", {"pk": {"S": "ring:0"}}
        assert denied(lambda: client.get_item(TableName=name, Key=key))
        assert denied(lambda: client.put_item(TableName=name, Item=key))
        assert denied(lambda: client.delete_table(TableName=name))
        assert denied(lambda: client.describe_table(TableName="another"))


@pytest.mark.django_db
def test_who_serves_may_call_every_verb_and_change_no_table(tables: DynamoDB, become: Become) -> None:
    with become("runtime"), patience():
        client = client_of(tables, 1)
        assert Tables(client, tables).missing() == []
        store = store_of(State(Service(client), tables.prefix, tokens_conf().region, clock.now))
        calls.fill(store)
        for name, call in calls.CALLS.items():
            if name not in NOT_HERE:
                call(store)
        assert [check() for check in store.checks.values()] == [None, None]
        for name in Tables(client, tables).names:
            assert denied(lambda name=name: client.scan(TableName=name))  # type: ignore[misc]
            assert denied(lambda name=name: client.delete_table(TableName=name))  # type: ignore[misc]
            assert denied(lambda name=name: client.update_table(TableName=name, DeletionProtectionEnabled=False))  # type: ignore[misc]
        assert denied(lambda: client.query(TableName=f"{tables.prefix}one_time"))
        assert denied(lambda: client.delete_item(TableName=f"{tables.prefix}signing_keys", Key={"pk": {"S": "ring:0"}}))


def test_who_serves_serves_every_request(world: World) -> None:
    told = {name: make(world)().status_code for name, make in REQUESTS.items()}
    assert told == {name: 303 if name == "authorize" else 200 for name in REQUESTS}


@pytest.mark.django_db
def test_who_reconciles_reads_all_clients_and_no_other_table(tables: DynamoDB, become: Become) -> None:
    with become("reconciling"), patience():
        client = client_of(tables, 1)
        store = store_of(State(Service(client), tables.prefix, tokens_conf().region, clock.now))
        assert isinstance(store.clients, Clients)
        assert [*unknown(store.clients.publisher, end=False)] == []
        assert denied(lambda: client.scan(TableName=f"{tables.prefix}one_time"))


def test_credentials_that_may_not_are_told_apart(server: Judging, tables: DynamoDB) -> None:
    nobody = server.user("nobody", json.dumps(OTHER))
    client = server.client("dynamodb", nobody)
    assert denied(lambda: client.describe_table(TableName=f"{tables.prefix}runs"))
