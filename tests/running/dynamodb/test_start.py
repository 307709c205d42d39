"""Nodes, workers and commands that start while the store's tables are missing."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from accounts.ground.dynamodb.client import patient
from accounts.ground.dynamodb.conf import DynamoDB
from idp.local import command_lines
from idp.local.processes import CannotStart
from tests.running.roles.ask import ask
from tests.servers.dynamodb import REGION, url
from tests.servers.nodes import Cluster, cluster
from tests.servers.provider import database_server
from tests.support.memory import megabytes
from tokens.stores.dynamodb.creating import Tables

REMEDY = "run `manage.py dynamodb create`, or set IDP_DYNAMODB_CREATE=true"
NOBODY = 'IDP_DYNAMODB_ENDPOINT: nothing answers there (Could not connect to the endpoint URL: "http://127.0.0.1:1/")'
PREFIX = "IDP_DYNAMODB_PREFIX"
BOOT_ERROR = 3
"""gunicorn's exit code where no worker can begin."""


@pytest.fixture(scope="module")
def operator() -> Any:
    return patient(DynamoDB(region=REGION, endpoint=url()))


@pytest.fixture(scope="module")
def new_prefix(operator: Any) -> Iterator[Callable[[], str]]:
    """Prefixes of which there is no table; their tables go in the end."""
    made: list[str] = []

    def new() -> str:
        made.append(f"n{uuid4().hex[:8]}.")
        return made[-1]

    yield new
    for prefix in made:
        Tables(operator, DynamoDB(prefix=prefix)).delete()


@pytest.fixture(scope="module")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, new_prefix: Callable[[], str], operator: Any
) -> Iterator[Cluster]:
    """One node, whose tables `prepare` has made."""
    prefix, folder = new_prefix(), tmp_path_factory.mktemp("dynamodb")
    with (
        database_server() as server_url,
        cluster(
            1,
            server_url=server_url,
            folder=folder,
            IDP_TOKENS_STORE="dynamodb",
            IDP_DYNAMODB_ENDPOINT=url(),
            IDP_DYNAMODB_REGION=REGION,
            IDP_DYNAMODB_PREFIX=prefix,
            IDP_BROKER_URL="redis://127.0.0.1:1",  # nobody gets so far as to ask it
        ) as started,
    ):
        assert Tables(operator, DynamoDB(prefix=prefix)).missing() == []
        yield started


def test_several_workers_of_several_nodes_make_the_tables_at_once(
    deployment: Cluster, operator: Any, new_prefix: Callable[[], str]
) -> None:
    prefix = new_prefix()
    with deployment.more(2, IDP_DYNAMODB_PREFIX=prefix, WEB_CONCURRENCY="2") as nodes:
        assert Tables(operator, DynamoDB(prefix=prefix)).missing() == []
        assert all("Traceback" not in node.log.read_text() for node in nodes)


@pytest.mark.parametrize("role", ["front", "back"])
def test_an_idle_node_is_small(deployment: Cluster, role: str) -> None:
    """As one on a database is, with the client of DynamoDB in it."""
    with deployment.more(1, IDP_ROLE=role) as [node]:
        for path in ("/", "/accounts/login/", "/oauth2/jwks", "/readyz"):
            ask(node, path)
        assert node.process is not None
        assert 20 < megabytes(node.process.pid) < 150


def refused(deployment: Cluster, said: Mapping[str, str]) -> Path:
    """The log of a node that does not start."""
    ended = f"ended with exit code {BOOT_ERROR} while it started"
    with pytest.raises(CannotStart, match=ended), deployment.more(1, **said):
        pass
    return max(deployment.nodes[0].log.parent.glob("node-*.log"), key=lambda log: log.stat().st_mtime_ns)


WRONG: Mapping[str, tuple[Mapping[str, str], str]] = {
    "no tables": (
        {"IDP_DYNAMODB_CREATE": "false", "IDP_DYNAMODB_PREFIX": "nobody."},
        f"IDP_DYNAMODB_PREFIX, IDP_DYNAMODB_REGION: none of the tables nobody.* is there: {REMEDY}",
    ),
    "nobody there": ({"IDP_DYNAMODB_ENDPOINT": "http://127.0.0.1:1"}, NOBODY),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_node_ends_with_the_one_line_that_says_why(deployment: Cluster, wrong: str) -> None:
    said, line = WRONG[wrong]
    told = refused(deployment, said).read_text()
    assert [each for each in told.splitlines() if each.startswith("IDP_")] == [line]
    assert "Traceback" not in told


COMMANDS: Mapping[str, tuple[list[str], int]] = {
    "prepare": (["manage.py", "prepare"], 2),
    "work": (["manage.py", "work", "--once"], 1),
    "worker": (["-m", "celery", "-A", "idp", "worker"], 1),
}
"""What else begins, and its exit code."""


@contextmanager
def remembered(deployment: Cluster, prefix: str | None) -> Iterator[None]:
    """Meanwhile the database remembers this prefix, if any: else who has another one is told that first."""
    statement = "UPDATE idp_fact SET value = %s WHERE name = %s"
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        if prefix is not None:
            connection.execute(statement, [prefix, f"equal:{PREFIX}"])
        yield
        connection.execute(statement, [deployment.environ[PREFIX], f"equal:{PREFIX}"])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("wrong", WRONG)
def test_so_does_every_other_process_that_begins(deployment: Cluster, wrong: str, command: str) -> None:
    said, line = WRONG[wrong]
    arguments, code = COMMANDS[command]
    with remembered(deployment, said.get(PREFIX)):
        ended = subprocess.run(
            [sys.executable, *arguments],
            env={**deployment.environ, **said},
            cwd=command_lines.ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert (ended.returncode, line in ended.stderr, "Traceback" in ended.stderr) == (code, True, False), ended.stderr


def test_doctor_names_what_is_not_as_it_should_be(deployment: Cluster, operator: Any) -> None:
    prefix = deployment.environ["IDP_DYNAMODB_PREFIX"]
    told = subprocess.run(
        [sys.executable, "-m", "django", "doctor"],
        env={**deployment.environ, "IDP_DYNAMODB_STREAM": "true"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    remedy = "mend it, or the setting: `manage.py dynamodb create` adds what is missing"
    line = f"error    tables: {prefix}runs: StreamSpecification is off, not NEW_AND_OLD_IMAGES: {remedy}"
    assert (told.returncode, line in told.stdout.splitlines()) == (1, True), told.stdout
