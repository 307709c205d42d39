"""A live provider on PostgreSQL, and somebody who has an account there."""

from collections.abc import Iterator

import pytest

from tests.outside.interop.clients import Registered, registered
from tests.servers.nodes import Cluster
from tests.servers.provider import live_provider
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Person


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with live_provider(tmp_path_factory.mktemp("interop"), nodes=1) as started:
        yield started


@pytest.fixture(scope="session")
def clients(provider: Cluster) -> dict[str, Registered]:
    return registered(provider)


@pytest.fixture
def person() -> Iterator[Person]:
    """Somebody in a browser that nobody used before."""
    with Person(USERNAME, PASSWORD) as alice:
        yield alice


@pytest.fixture(scope="session")
def regular() -> Iterator[Person]:
    """Somebody who signs in once for all tests: sign-ins are costly, and limited by the minute."""
    with Person(USERNAME, PASSWORD) as alice:
        yield alice
