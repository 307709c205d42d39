"""A PostgreSQL behind a relay, which can go silent and cut connections."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from idp.databases import Connections, database
from idp.local.processes import LOOPBACK
from idp.postgresql.base import DatabaseWrapper
from tests.running.database.database import POOL, Database
from tests.running.roles.relay import Relay
from tests.servers.provider import database_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with database_server() as url:
        yield url


@pytest.fixture
def relayed(server: str) -> Iterator[Database]:
    parts = urlsplit(server)
    with Relay(parts.hostname or "", parts.port or 5432) as relay:
        yield Database(relay, parts._replace(netloc=f"{parts.username}@{LOOPBACK}:{relay.port}").geturl(), server)


@pytest.fixture
def pooled(relayed: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """As this thread of a node has it."""
    made, faults = database(relayed.url, Connections(pool=POOL, prepare_threshold=2))
    assert faults == []
    settings = {**connections.settings["default"], **made, "CONN_MAX_AGE": 0}
    wrapper = DatabaseWrapper(settings, "relayed")
    with django_db_blocker.unblock():
        yield wrapper
        wrapper.close()
        wrapper.close_pool()
