"""A back node on DynamoDB, started while its PostgreSQL is away."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from accounts.ground.dynamodb.client import patient
from accounts.ground.dynamodb.conf import DynamoDB
from idp import secrets
from idp.local.processes import LOOPBACK, free_port
from tests.running.roles.ask import Said, ask
from tests.servers.dynamodb import REGION, url
from tests.servers.nodes import Cluster, Node, cluster
from tests.servers.provider import database_server
from tests.support.messages import FORM_TYPE, basic
from tokens.stores.dynamodb.creating import Tables

AWAY = {"database": "the database does not answer"}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A node that fits its database, and so said so in the store."""
    where = DynamoDB(region=REGION, endpoint=url(), prefix=f"n{uuid4().hex[:8]}.")
    with (
        database_server() as server_url,
        cluster(
            1,
            server_url=server_url,
            folder=tmp_path_factory.mktemp("without"),
            IDP_TOKENS_STORE="dynamodb",
            IDP_DYNAMODB_ENDPOINT=url(),
            IDP_DYNAMODB_REGION=REGION,
            IDP_DYNAMODB_PREFIX=where.prefix,
        ) as started,
    ):
        assert ask(started.nodes[0], "/readyz").status == 200
        yield started
    Tables(patient(where), where).delete()


@pytest.fixture
def gone() -> str:
    return f"postgresql://{LOOPBACK}:{free_port()}/nobody"


def post(node: Node, path: str, client: dict[str, str], **form: str) -> Said:
    """As the client."""
    headers = {**basic(client["client_id"], client["client_secret"]), "Content-Type": FORM_TYPE}
    return ask(node, path, "POST", body=urlencode(form), **headers)


def test_it_starts_is_ready_and_serves_what_needs_no_person(deployment: Cluster, gone: str) -> None:
    client = deployment.client("machine", "Without")
    with deployment.more(1, IDP_ROLE="back", DATABASE_URL=gone) as (node,):
        ready = ask(node, "/readyz")
        assert (ready.status, ready.json) == (200, {"status": "ok", "warnings": AWAY})
        keys = ask(node, "/oauth2/jwks")
        assert (keys.status, keys.json) == (200, ask(deployment.nodes[0], "/oauth2/jwks").json)
        token = post(node, "/oauth2/token", client, grant_type="client_credentials").json["access_token"]
        assert post(node, "/oauth2/introspect", client, token=token).json["active"]
        assert post(node, "/oauth2/revoke", client, token=token).status == 200
        assert not post(node, "/oauth2/introspect", client, token=token).json["active"]
        assert "this node starts without its database" in node.log.read_text()


def test_one_of_other_secrets_answers_nobody(deployment: Cluster, gone: str, tmp_path: Path) -> None:
    secrets.create(tmp_path)
    with deployment.more(1, IDP_ROLE="back", DATABASE_URL=gone, IDP_SECRETS=str(tmp_path)) as (node,):
        ready = ask(node, "/readyz")
        assert (ready.status, ready.json["failed"]["settings"]) == (503, "database: it did not answer yet")
        assert ask(node, "/oauth2/jwks").status == 503


def test_a_node_for_people_needs_it(deployment: Cluster, gone: str) -> None:
    with deployment.more(1, DATABASE_URL=gone) as (node,):
        assert ask(node, "/readyz").json["failed"] == AWAY
        assert ask(node, "/oauth2/jwks").status == 503
