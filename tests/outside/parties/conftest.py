"""A live provider for all relying parties of this folder, with its first admin, as createsuperuser makes one."""

from collections.abc import Iterator

import pytest

from tests.servers.nodes import Cluster
from tests.servers.provider import live_provider


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with live_provider(tmp_path_factory.mktemp("parties"), nodes=1) as node:
        yield node
