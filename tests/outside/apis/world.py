"""What the provider knows: an API of each sort, and who has tokens for them."""

import base64
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.servers.nodes import Cluster
from tests.support.messages import CHALLENGE, NOWHERE, VERIFIER
from tests.support.person import Person

PROVIDER = {"IDP_TOKENS_ACCESS_TOKEN_LIFETIME": "3600"}
SONGS, PLAIN, OPAQUE, OTHER = (f"https://{name}.example/api" for name in ("songs", "plain", "opaque", "other"))
APIS: dict[str, tuple[str, ...]] = {
    SONGS: (),
    PLAIN: ("--access-token-typ", "JWT", "--introspection-claim", "email"),
    OPAQUE: ("--access-token-format", "opaque"),
    OTHER: (),
}
"""Each with what is said of it beyond the defaults."""
READ = "songs"
"""All of them call their scope the same."""


class Serve(Protocol):
    """Runs the project of project.py with this setting; answers where it is."""

    def __call__(self, **settings: Any) -> AbstractContextManager[str]: ...


@dataclass(frozen=True, slots=True)
class World:
    provider: Cluster
    metadata: dict[str, Any]
    api: dict[str, str]
    """The client that owns the APIs."""
    machines: dict[str, dict[str, str]]
    """By the one API of which each has the scope."""
    web: dict[str, str]
    person: Person

    @property
    def issuer(self) -> str:
        return self.provider.issuer

    def of_machine(self, resource: str) -> str:
        """An access token that a plain machine client gets, which names the scope and, like Kafka's and Spring's, no
        resource."""
        form = {"grant_type": "client_credentials", "scope": READ}
        return self._tokens(self.machines[resource], form)["access_token"]

    def of_person(self, *resources: str, scope: str = f"openid email {READ}") -> dict[str, str]:
        """The token response of a sign-in."""
        request = {
            "client_id": self.web["client_id"],
            "redirect_uri": NOWHERE,
            "response_type": "code",
            "scope": scope,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        query = urlencode([*request.items(), *(("resource", each) for each in resources)])
        redirected = self.person.go(f"{self.metadata['authorization_endpoint']}?{query}", client=NOWHERE)
        [code] = parse_qs(urlsplit(redirected).query)["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": NOWHERE,
            "code_verifier": VERIFIER,
        }
        return self._tokens(self.web, form)

    def introspected(self, token: str) -> dict[str, Any]:
        asker = (self.api["client_id"], self.api["client_secret"])
        answer = requests.post(self.metadata["introspection_endpoint"], {"token": token}, auth=asker, timeout=10)
        body: dict[str, Any] = answer.json()
        return body

    def revoke(self, token: str, client: dict[str, str]) -> None:
        own = (client["client_id"], client["client_secret"])
        requests.post(self.metadata["revocation_endpoint"], {"token": token}, auth=own, timeout=10).raise_for_status()

    def _tokens(self, client: dict[str, str], form: dict[str, str]) -> dict[str, str]:
        own = (client["client_id"], client["client_secret"])
        answer = requests.post(self.metadata["token_endpoint"], form, auth=own, timeout=10)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        return tokens


def made(provider: Cluster, person: Person) -> World:
    metadata = requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=10).json()
    api = _client(provider, "api")
    for identifier, more in APIS.items():
        provider.manage(
            "createresource", "--identifier", identifier, "--name", identifier, "--scope", READ,
            "--owner", api["client_id"], *more,
        )  # fmt: skip
    every = [f"{identifier}#{READ}" for identifier in APIS]
    machines = {each: _client(provider, "machine", "--scope", f"{each}#{READ}") for each in APIS}
    web = _client(provider, "web", "--redirect-uri", NOWHERE, "--skip-consent", "--scope", "openid", "email", *every)
    return World(provider, metadata, api, machines, web, person)


def header_of(token: str) -> dict[str, Any]:
    return _part(token, 0)


def claims_of(token: str) -> dict[str, Any]:
    return _part(token, 1)


def _part(token: str, number: int) -> dict[str, Any]:
    part = token.split(".")[number]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return read


def _client(provider: Cluster, kind: str, *options: str) -> dict[str, str]:
    made: dict[str, str] = json.loads(provider.manage("createclient", "--kind", kind, "--name", kind, *options))
    return made
