"""One provider as three nodes over one PostgreSQL: front with Redis, back without, and one that is both."""

import os
from collections.abc import Iterator

import pytest

from tests.running.roles.nodes import Nodes
from tests.servers.nodes import cluster
from tests.servers.provider import database_server
from tests.support.people import EMAIL, PASSWORD, USERNAME


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    # Workers and beats ask a broker, and no node here is one: any address will do.
    own = [{"IDP_ROLE": "front", "REDIS_URL": os.environ["TEST_REDIS_URL"]}, {"IDP_ROLE": "back"}]
    folder = tmp_path_factory.mktemp("roles")
    with (
        database_server() as server_url,
        cluster(3, server_url=server_url, folder=folder, own=own, IDP_BROKER_URL="redis://127.0.0.1") as started,
    ):
        started.superuser(USERNAME, EMAIL, PASSWORD)
        yield Nodes(started, *started.nodes)
