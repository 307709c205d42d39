"""The providers that every module is asked of: ours, and npm's oidc-provider, by which the modules are calibrated."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from idp.local.processes import free_port, running, start, wait_until
from tests.outside.interop.registration import register
from tests.outside.nodejs.scripts import command
from tests.outside.oidf.provider import CLAIMS, SCOPE_CLAIMS, SIGNED_OUT, USERNAME, Provider, RegisteredClient
from tests.outside.oidf.relying_party import RelyingParty
from tests.servers.provider import live_provider
from tests.support.messages import NOWHERE
from tests.support.people import PASSWORD
from tests.support.person import Person

METHODS = ("client_secret_basic", "client_secret_basic", "client_secret_post")
LAST = ("oidcc-prompt-login", "oidcc-max-age-1", "oidcc-codereuse-30seconds")
"""What lets time pass comes last among the tests of this folder, so that most of it has passed by then."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = [place for place, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    ordered = sorted((items[place] for place in places), key=lambda item: _module(item) in LAST)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


def _module(item: pytest.Item) -> str | None:
    found: str | None = item.callspec.params.get("module") if hasattr(item, "callspec") else None
    return found


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A node as it comes: the plans send no PKCE, and clients with a secret may do without."""
    with live_provider(tmp_path_factory.mktemp("oidf"), nodes=1) as node:
        columns = {name: value for name, value in CLAIMS.items() if name not in ("preferred_username", "address")}
        person = {**columns, "country": CLAIMS["address"]["country"]}
        # The suite holds to OpenID Connect Core §5.4: where there is an access token, claims are asked for with it.
        client = {"redirect_uri": NOWHERE, "post_logout_redirect_uris": [SIGNED_OUT], "claims_in_id_token": False}
        wanted = [{**client, "token_endpoint_auth_method": method} for method in METHODS]
        made = register(node, *wanted, people={USERNAME: person})
        clients = [
            RegisteredClient(**known, token_endpoint_auth_method=method)
            for known, method in zip(made, METHODS, strict=True)
        ]
        yield _provider("ours", node.issuer, clients, "/oauth2/sign_out", {})


@pytest.fixture(scope="session")
def oidc_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """npm's oidc-provider with its development pages."""
    clients = [RegisteredClient(f"client-{number}", "s" * 32, method) for number, method in enumerate(METHODS)]
    port, log = free_port(), tmp_path_factory.mktemp("oidc-provider") / "log"
    issuer = f"http://localhost:{port}"
    with running(start(command("oidc_provider.mjs", _configuration(port, clients)), log=log)) as process:
        wait_until(lambda: _answers(issuer), process, f"oidc-provider at {issuer} (log: {log})")
        yield _provider("oidc-provider", issuer, clients, "/session/end", {"logout": "yes"})


@pytest.fixture(params=["ours", "oidc-provider"])
def provider(request: pytest.FixtureRequest, module: str) -> Provider:
    """Each test of this folder that names a module is run for each."""
    found: Provider = request.getfixturevalue(request.param.replace("-", "_"))
    return found


@pytest.fixture
def module() -> str:
    """The name of the module that a test is; tests.outside.oidf.plans says it."""
    raise AssertionError("a test without a module")


@pytest.fixture
def response_mode() -> str | None:
    return None


@pytest.fixture
def party(provider: Provider, response_mode: str | None, person: Person) -> RelyingParty:
    """With somebody before it who is not signed in."""
    return RelyingParty(provider, provider.client, person, response_mode)


@pytest.fixture
def person(provider: Provider) -> Iterator[Person]:
    with Person(USERNAME, provider.password) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def signed_in_people() -> Iterator[Callable[[RelyingParty], RelyingParty]]:
    """Signs somebody in for a provider and a response mode, once: sign-ins are costly, and limited by the minute."""
    known: dict[tuple[str, str | None], RelyingParty] = {}
    with contextlib.ExitStack() as people:

        def at(party: RelyingParty) -> RelyingParty:
            key = (party.provider.name, party.response_mode)
            if key not in known:
                person = people.enter_context(Person(USERNAME, party.provider.password))
                known[key] = replace(party, person=person)
                known[key].sign_in()
            return known[key]

        yield at


@pytest.fixture
def familiar(party: RelyingParty, signed_in_people: Callable[[RelyingParty], RelyingParty]) -> RelyingParty:
    """With somebody before it who is signed in and has consented."""
    return signed_in_people(party)


def _provider(
    name: str, issuer: str, clients: list[RegisteredClient], sign_out_page: str, sign_out: dict[str, str]
) -> Provider:
    return Provider(
        name=name,
        issuer=issuer,
        password=PASSWORD,
        client=clients[0],
        other_client=clients[1],
        post_client=clients[2],
        sign_out_page=sign_out_page,
        sign_out=sign_out,
        metadata=requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json(),
    )


def _configuration(port: int, clients: list[RegisteredClient]) -> str:
    registered = [
        {
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "token_endpoint_auth_method": client.token_endpoint_auth_method,
            "redirect_uris": [NOWHERE],
            "post_logout_redirect_uris": [SIGNED_OUT],
            "grant_types": ["authorization_code", "refresh_token"],
        }
        for client in clients
    ]
    person = {"username": USERNAME, "claims": CLAIMS}
    scopes = {scope: sorted(names) for scope, names in SCOPE_CLAIMS.items()}
    return json.dumps({"port": port, "clients": registered, "person": person, "scopes": scopes})


def _answers(issuer: str) -> bool:
    try:
        return requests.get(f"{issuer}/jwks", timeout=2).status_code == 200
    except requests.ConnectionError:
        return False
