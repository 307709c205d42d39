"""A live provider on PostgreSQL, and somebody who has an account there."""

from collections.abc import Iterator

import psycopg
import pytest

from idp.local.nodes import Cluster
from tests.cluster.servers import PASSWORD, USERNAME, live_provider
from tests.interop.person import Person

CALLBACK = "http://127.0.0.1:9/callback"


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with live_provider(tmp_path_factory.mktemp("interop"), nodes=1) as made:
        yield made


@pytest.fixture
def person() -> Iterator[Person]:
    with Person(USERNAME, PASSWORD) as alice:
        yield alice


def register(provider: Cluster, kind: str, *, method: str, alg: str) -> dict[str, str]:
    """A client that authenticates by `method` and gets its ID tokens signed by `alg`."""
    made = provider.client(kind, f"Authlib, {method}, {alg}", CALLBACK)
    change = "UPDATE tokens_client SET (token_endpoint_auth_method, id_token_signed_response_alg) = (%s, %s)"
    with psycopg.connect(provider.database_url) as connection:
        connection.execute(f"{change} WHERE client_id = %s", [method, alg, made["client_id"]])
    return made
