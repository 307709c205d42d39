"""Three nodes over one PostgreSQL database, and a client with somebody signed in who gets codes for it."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.drills.codes import Codes
from tests.servers.nodes import Cluster
from tests.servers.provider import live_provider
from tests.support.messages import NOWHERE
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Person


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with live_provider(tmp_path_factory.mktemp("cluster"), nodes=3) as started:
        yield started


@pytest.fixture(scope="session")
def codes(nodes: Cluster) -> Iterator[Codes]:
    client = nodes.client("web", "Redeemer", NOWHERE)
    with Person(USERNAME, PASSWORD) as alice:
        yield Codes(alice, nodes.nodes[2], client["client_id"])


@pytest.fixture
def database(nodes: Cluster) -> Iterator[psycopg.Connection]:
    """A connection of the test's own, where every statement is a transaction."""
    with psycopg.connect(nodes.database_url, autocommit=True) as connection:
        yield connection
