"""A server that is compared: where its endpoints are, its clients, and somebody who is signed in; and the product's."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.servers.nodes import Cluster
from tests.support.messages import NOWHERE, SCOPE, Registered, authorization_request, basic, code_form
from tests.support.people import EMAIL, PASSWORD, USERNAME
from tests.support.person import Person

OPAQUE = "opaque"
ALGS = ("ES256", "RS256")
APIS = {name: {"resource": f"https://{name.lower()}.example", "scope": name.lower()} for name in (OPAQUE, *ALGS)}
"""What asks for an access token for an API, by its format: opaque, or a JWT of this algorithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A server under test. `web`, `spa`: its clients for people, confidential and public, by the algorithm of their ID
    tokens; `machine`: one without people. What it cannot do is not there."""

    name: str
    url: str
    authorize: str
    token: str
    userinfo: str
    introspect: str
    jwks: str
    web: Mapping[str, Registered]
    spa: Mapping[str, Registered]
    machine: Registered
    apis: Mapping[str, Mapping[str, str]]
    """What asks it for an access token of a format. Without, somebody's is opaque and for userinfo."""
    reads_jwts: bool = False
    """Whether userinfo and introspection take JWTs."""
    person: Person
    processes: int
    """The process group of the server."""
    database: str
    dynamodb: Path | None = None
    """The log of its server of DynamoDB's protocol, with a line for each call."""

    def request(self, client: Registered, api: str = "") -> str:
        """Path and query of an authorization request. `api`: the format of the access token, if it is for an API."""
        asked = self.apis.get(api, {})
        scope = " ".join([SCOPE, *filter(None, [asked.get("scope")])])
        query = authorization_request(client, scope=scope, resource=asked.get("resource"))
        return f"{self.authorize}?{urlencode(query)}"

    def tokens(self, client: Registered, api: str = "") -> dict[str, Any]:
        """A token response for somebody who answers what the pages ask."""
        redirected = self.person.go(self.url + self.request(client, api), client=NOWHERE)
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
    for name, api in APIS.items():
        form = ("opaque",) if name == OPAQUE else ("jwt", "--access-token-signed-response-alg", name)
        named = ("--identifier", api["resource"], "--name", name, "--scope", api["scope"])
        nodes.manage("createresource", *named, "--access-token-format", *form)
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
            web={alg: _for_people(nodes, "web", alg) for alg in ALGS},
            spa={alg: _for_people(nodes, "spa", alg) for alg in ALGS},
            machine=_client(nodes, "machine", "--scope", *(api["scope"] for api in APIS.values())),
            apis=APIS,
            reads_jwts=True,
            person=person,
            processes=process.pid,
            database=urlsplit(nodes.database_url).path[1:],
        )


def _for_people(nodes: Cluster, kind: str, alg: str) -> Registered:
    """Its access tokens are for userinfo and the API that wants opaque ones, where it does not say."""
    scope = (*SCOPE.split(), *(api["scope"] for api in APIS.values()))
    opaque = ("--default-resource", APIS[OPAQUE]["resource"])
    signed = ("--id-token-signed-response-alg", alg)
    return _client(nodes, kind, "--redirect-uri", NOWHERE, "--scope", *scope, *opaque, *signed)


def _client(nodes: Cluster, kind: str, *arguments: str) -> Registered:
    printed = json.loads(nodes.manage("createclient", "--kind", kind, "--name", kind, *arguments))
    return Registered(printed["client_id"], printed.get("client_secret", ""), NOWHERE)
