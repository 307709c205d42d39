"""A live provider, and a client with its snippet for each application that can be run."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from idp.local.processes import free_port
from tests.outside.connect.registration import shown
from tests.outside.connect.surroundings import RUN
from tests.servers.nodes import Cluster
from tests.servers.provider import live_provider
from tests.support.people import PASSWORD, USERNAME
from tests.support.person import Person
from tokens.registration.snippets.table import APPLICATIONS

ELSEWHERE = ("mod-auth-openidc",)
"""What Apache serves."""
IN_A_BROWSER = ("oidc-client-ts", "swagger-ui", "synapse", "streamlit", "pgadmin")


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with live_provider(tmp_path_factory.mktemp("connect"), nodes=1) as started:
        yield started


@pytest.fixture(scope="session")
def redirect_uris() -> dict[str, str]:
    """Each at a port of its own. The provider is at localhost: cookies know no ports, so applications are elsewhere."""
    paths = {name: urlsplit(APPLICATIONS[name].redirect_uris[0]).path for name in (*RUN, *IN_A_BROWSER, *ELSEWHERE)}
    return {name: f"http://127.0.0.1:{free_port()}{path}" for name, path in paths.items()}


@pytest.fixture(scope="session")
def snippets(provider: Cluster, redirect_uris: dict[str, str]) -> dict[str, str]:
    """What the command wrote, by application."""
    return shown(provider, {**redirect_uris, "curl": ""})


@pytest.fixture(scope="session")
def alice() -> Iterator[Person]:
    """She signs in once for all applications: sign-ins are limited by the minute."""
    with Person(USERNAME, PASSWORD) as person:
        yield person
