"""The servers that are compared: where their endpoints are, their clients, and somebody who is signed in."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg
import requests

from idp.local.processes import free_port, running, start, wait_until
from tests.servers import nodejs
from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE, SCOPE, Registered, authorization_request, basic, code_form
from tests.support.people import EMAIL, PASSWORD, USERNAME
from tests.support.person import Person

PEER = Path(__file__).with_name("npm_peer")
SECRET = "s3cr3t-" + "k" * 57
JWT, OPAQUE = "https://jwt.example", "https://opaque.example"
"""Two resources: their access tokens are of these formats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A server under test. `web`, `spa`, `machine`: its clients, confidential, public, without people."""

    name: str
    url: str
    authorize: str
    token: str
    userinfo: str
    introspect: str
    jwks: str
    web: Registered
    spa: Registered
    machine: Registered
    opaque: Mapping[str, str]
    """What asks for an opaque access token by client_credentials."""
    person: Person
    processes: int
    """The process group of the server."""
    database: str

    def request(self, client: Registered) -> str:
        """Path and query of an authorization request."""
        return f"{self.authorize}?{urlencode(authorization_request(client, scope=SCOPE))}"

    def tokens(self, client: Registered) -> dict[str, Any]:
        """A token response for somebody who answers what the pages ask."""
        redirected = self.person.go(self.url + self.request(client), client=NOWHERE)
        form = code_form(client, parse_qs(urlsplit(redirected).query)["code"][0])
        return self.post(form if client.client_secret else form | {"client_id": client.client_id}, client)

    def post(self, form: Mapping[str, str], client: Registered) -> dict[str, Any]:
        """The token endpoint's answer; of a public client without authentication."""
        headers = basic(client.client_id, client.client_secret) if client.client_secret else {}
        answer = requests.post(self.url + self.token, form, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


@contextlib.contextmanager
def ours(nodes: Cluster) -> Iterator[Side]:
    """The product's first node."""
    nodes.superuser(USERNAME, EMAIL, PASSWORD)
    nodes.manage("createresource", "--identifier", JWT, "--name", "jwt", "--scope", "read")
    opaque = ("--scope", "look", "--access-token-format", "opaque")
    nodes.manage("createresource", "--identifier", OPAQUE, "--name", "opaque", *opaque)
    process = nodes.nodes[0].process
    assert process is not None
    with Person(USERNAME, PASSWORD) as person:
        yield Side(
            name="ours",
            url=nodes.nodes[0].url,
            authorize="/oauth2/authorize",
            token="/oauth2/token",
            userinfo="/oauth2/userinfo",
            introspect="/oauth2/introspect",
            jwks="/oauth2/jwks",
            web=_client(nodes, "web", "--redirect-uri", NOWHERE, "--scope", *SCOPE.split()),
            spa=_client(nodes, "spa", "--redirect-uri", NOWHERE, "--scope", *SCOPE.split()),
            machine=_client(nodes, "machine", "--scope", "read", "look"),
            opaque={"grant_type": "client_credentials", "resource": OPAQUE, "scope": "look"},
            person=person,
            processes=process.pid,
            database=urlsplit(nodes.database_url).path[1:],
        )


def _client(nodes: Cluster, kind: str, *arguments: str) -> Registered:
    printed = json.loads(nodes.manage("createclient", "--kind", kind, "--name", kind, *arguments))
    return Registered(printed["client_id"], printed.get("client_secret", ""), NOWHERE)


@contextlib.contextmanager
def oidc_provider(server_url: str, workers: int, log: Path) -> Iterator[Side]:
    """npm's oidc-provider, on a database of its own of the PostgreSQL server."""
    port, database = free_port(), "peer"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    environ = {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": urlsplit(server_url)._replace(path=f"/{database}").geturl(),
        "REDIRECT_URI": NOWHERE,
        "WORKERS": str(workers),
        "NODE_ENV": "production",
    }
    command = [nodejs.executable(), PEER / "oidc_provider.mjs", nodejs.packages(PEER)]
    with running(start(command, environ=environ, log=log)) as process, Person(USERNAME, PASSWORD) as person:
        url = f"http://localhost:{port}"
        wait_until(lambda: _answers(url), process, f"npm's oidc-provider (log: {log})")
        yield Side(
            name="oidc-provider",
            url=url,
            authorize="/auth",
            token="/token",
            userinfo="/me",
            introspect="/token/introspection",
            jwks="/jwks",
            web=Registered("web", SECRET, NOWHERE),
            spa=Registered("spa", "", NOWHERE),
            machine=Registered("cc", SECRET, NOWHERE),
            opaque={"grant_type": "client_credentials", "scope": "read"},
            person=person,
            processes=process.pid,
            database=database,
        )


def _answers(url: str) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"{url}/jwks", timeout=2).status_code == 200
    return False
