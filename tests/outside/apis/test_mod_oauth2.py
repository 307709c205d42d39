"""An API behind Apache with mod_oauth2, which introspects as its documents set it up."""

from collections.abc import Iterator

import pytest
import requests

from idp.local.processes import free_port
from tests.outside.apis.world import OPAQUE, OTHER, PLAIN, World
from tests.servers.apache import Site, apache

CONFIGURED = """
OAuth2TokenVerify introspect {url} introspect.auth=client_secret_basic&client_id={client_id}&client_secret={secret}
<Location />
    AuthType oauth2
    Require valid-user
</Location>
"""
WHO = '<!--#echo var="REMOTE_USER" -->'


@pytest.fixture(scope="module")
def api(world: World) -> Iterator[str]:
    """Where it is."""
    url, secret = world.metadata["introspection_endpoint"], world.api["client_secret"]
    site = Site(
        packages=("libapache2-mod-oauth2", "liboauth2-0", "liboauth2-apache0", "libmemcached11"),
        module="oauth2",
        configured=CONFIGURED.format(url=url, client_id=world.api["client_id"], secret=secret),
        port=free_port(),
        pages={"index.shtml": WHO},
    )
    with apache(site):
        yield f"http://127.0.0.1:{site.port}/"


def call(url: str, token: str | None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return requests.get(url, headers=headers, timeout=30)


@pytest.mark.parametrize("resource", [PLAIN, OPAQUE])
def test_it_lets_in_who_has_a_token_and_knows_them_by_sub(world: World, api: str, resource: str) -> None:
    token = world.of_person(resource)["access_token"]
    answer = call(api, token)
    assert (answer.status_code, answer.text) == (200, world.introspected(token)["sub"])
    machine = call(api, world.of_machine(resource))
    assert (machine.status_code, machine.text) == (200, world.machines[resource]["client_id"])


def test_it_lets_nobody_in_with_what_is_no_token_that_lives(world: World, api: str) -> None:
    tokens = world.of_person(OPAQUE)
    world.revoke(tokens["access_token"], world.web)
    for token in (None, "x", tokens["access_token"], tokens["id_token"], tokens["refresh_token"]):
        assert call(api, token).status_code == 401


def test_each_api_that_its_client_owns_is_one_to_it(world: World, api: str) -> None:
    """It looks at no audience: whoever owns several APIs gives each its own client."""
    assert call(api, world.of_machine(OTHER)).status_code == 200
