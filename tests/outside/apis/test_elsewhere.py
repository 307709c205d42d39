"""An API in another project, protected by `avouch_api` as docs/resource-servers.md has it."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.outside.apis.world import OPAQUE, OTHER, PLAIN, SONGS, Serve, World, claims_of, header_of
from tests.support.waiting import until

PATHS = ("/rest/songs", "/ninja/songs")
UNKNOWN = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IngifQ.e30.AAAA"
"""A token under a key that nobody has."""


@pytest.fixture(scope="module")
def project(world: World, serve: Serve) -> Iterator[str]:
    with serve(issuer=world.issuer, audience=SONGS) as url:
        yield url


@pytest.fixture(scope="module")
def asking(world: World, serve: Serve) -> Iterator[str]:
    """One that introspects."""
    with serve(issuer=world.issuer, audience=OPAQUE, introspect=True, **world.api) as url:
        yield url


def call(url: str, token: str | None = None, **query: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return requests.get(url, params=query, headers=headers, timeout=30)


def challenge(error: str = "", description: str = "", scope: str = "", *, realm: str = SONGS) -> str:
    said = {"realm": realm, "error": error, "error_description": description, "scope": scope}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in said.items() if value)


def test_it_needs_nothing_of_the_rest_of_the_product(python: Path, environ: dict[str, str], tmp_path: Path) -> None:
    names = ("conf", "fetch", "keys", "refusals", "requests", "tokens")
    source = f"""
import importlib, sys
for name in {names}:
    importlib.import_module("avouch_api." + name)
assert not {{"tokens", "accounts", "idp"}} & set(sys.modules), sorted(sys.modules)
"""
    subprocess.run([str(python), "-c", source], cwd=tmp_path, env=environ, check=True)


@pytest.mark.parametrize("path", PATHS)
def test_a_good_token_is_let_in_and_says_whose_it_is(world: World, project: str, path: str) -> None:
    token = world.of_machine(SONGS)
    answer = call(project + path, token)
    own = world.machines[SONGS]["client_id"]
    assert (answer.status_code, answer.json()) == (200, {"sub": own, "client": own, "name": own})
    person = world.of_person(SONGS)["access_token"]
    body = call(project + path, person).json()
    assert (body["sub"], body["client"]) == (claims_of(person)["sub"], world.web["client_id"])


@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_told_to_bring_a_token(project: str, path: str) -> None:
    for answer in (call(project + path), requests.get(project + path, auth=("a", "b"), timeout=30)):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith(f'Bearer realm="{SONGS}"')
        assert "error=" not in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("which", ["ID token", "another API's", "another typ", "opaque", "altered", "unknown", "text"])
def test_whatever_else_there_is_opens_nothing(world: World, project: str, path: str, which: str) -> None:
    good = world.of_machine(SONGS)
    made: dict[str, Callable[[], str]] = {
        "ID token": lambda: world.of_person(SONGS)["id_token"],
        "another API's": lambda: world.of_machine(OTHER),
        "another typ": lambda: world.of_machine(PLAIN),
        "opaque": lambda: world.of_machine(OPAQUE),
        "altered": lambda: good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "unknown": lambda: UNKNOWN,
        "text": lambda: "x",
    }
    answer = call(project + path, made[which]())
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == challenge(
        "invalid_token", "the access token is expired, revoked or malformed, or meant for another API"
    )


@pytest.mark.parametrize("path", PATHS)
def test_a_token_without_the_scope_is_told_which(world: World, project: str, path: str) -> None:
    token = world.of_person(SONGS, scope="openid email")["access_token"]
    answer = call(project + path, token)
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == challenge(
        "insufficient_scope", "the access token lacks a scope", "songs"
    )


@pytest.mark.parametrize("path", PATHS)
def test_a_token_in_the_url_is_refused(world: World, project: str, path: str) -> None:
    answer = call(project + path, access_token=world.of_machine(SONGS))
    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", PATHS)
def test_an_api_that_knows_only_jwt_takes_its_own_and_no_id_token(world: World, serve: Serve, path: str) -> None:
    with serve(issuer=world.issuer, audience=PLAIN, typ="JWT") as url:
        tokens = world.of_person(PLAIN)
        assert header_of(tokens["access_token"])["typ"] == header_of(tokens["id_token"])["typ"] == "JWT"
        assert call(url + path, tokens["access_token"]).status_code == 200
        assert call(url + path, tokens["id_token"]).status_code == 401
    # Not even where its audience is the client's.
    with serve(issuer=world.issuer, audience=world.web["client_id"], typ="JWT") as url:
        assert call(url + path, tokens["id_token"]).status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_by_introspection_what_is_revoked_ends_at_once(world: World, asking: str, path: str) -> None:
    tokens = world.of_person(OPAQUE)
    answer = call(asking + path, tokens["access_token"])
    assert (answer.status_code, answer.json()["name"]) == (200, "alice")
    world.revoke(tokens["access_token"], world.web)
    assert call(asking + path, tokens["access_token"]).status_code == 401
    for other in (world.of_machine(OTHER), tokens["id_token"], tokens["refresh_token"], "x"):
        assert call(asking + path, other).status_code == 401


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("introspect", [False, True])
def test_a_provider_that_does_not_answer_lets_nobody_in(
    world: World, serve: Serve, path: str, introspect: bool
) -> None:
    with serve(issuer="http://127.0.0.1:9", audience=SONGS, introspect=introspect, **world.api) as url:
        answer = call(url + path, world.of_machine(SONGS))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_new_key_is_found_by_its_name(world: World, project: str) -> None:
    """Last, for it changes the keys of all: the API has read the old ones, and may keep them for minutes."""
    before = world.of_machine(SONGS)
    assert call(project + PATHS[0], before).status_code == 200
    old = header_of(before)["kid"]
    world.provider.manage("rotatekeys", "--revoke", old)
    # A node reads its keys every few seconds, and so does the API for a name that it does not know.
    until(lambda: header_of(world.of_machine(SONGS))["kid"] != old, what="the node's rotation")
    token = world.of_machine(SONGS)
    until(lambda: call(project + PATHS[0], token).status_code == 200, what="the API's look at the new keys")
