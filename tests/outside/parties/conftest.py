"""A live provider for all relying parties of this folder, and somebody who has an account there."""

from collections.abc import Iterator

import pytest

from tests.outside.interop.registration import register
from tests.servers.nodes import Cluster
from tests.servers.provider import live_provider
from tests.support.people import USERNAME

PROFILE = {"name": "Alice Liddell", "given_name": "Alice", "family_name": "Liddell"}


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with live_provider(tmp_path_factory.mktemp("parties"), nodes=1) as node:
        register(node, people={USERNAME: PROFILE})
        yield node
