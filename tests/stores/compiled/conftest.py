"""The databases that everything here is compiled for."""

import pytest

from tests.stores.compiled.servers import SERVERS, Server, server


@pytest.fixture(params=SERVERS, scope="module")
def elsewhere(request: pytest.FixtureRequest) -> Server:
    return server(request.param)
