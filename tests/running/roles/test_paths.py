"""Every path in every role: answered where it belongs, and said to be another role's everywhere else."""

import json

import pytest

from tests.running.roles.ask import Said, ask
from tests.running.roles.nodes import ROLES, Nodes
from tests.support.mounted import ANSWERED, paths

PAGES = ("/accounts/", "/admin/")
FOR_PEOPLE = {
    *("/", "/oauth2/authorize", "/oauth2/consent", "/oauth2/select_account", "/oauth2/logout", "/oauth2/sign_out"),
    *("/oauth2/logos/<str:name>", "/oauth2/applications", "/oauth2/applications/one"),
    *("/oauth2/errors", "/.well-known/change-password", "/.well-known/passkey-endpoints"),
}
HEALTH = {"/healthz", "/readyz", "/metrics"}
RESOLVE = """
import json, sys, django
django.setup()
from django.urls import resolve
print(json.dumps({path: resolve(path).func.__name__ for path in json.loads(sys.argv[1])}))
"""


PATHS = sorted(paths())
PEOPLE = {path for path in PATHS if path in FOR_PEOPLE or path.startswith(PAGES)}
PROGRAMS = set(PATHS) - PEOPLE - HEALTH
SERVED = {"all": PEOPLE | PROGRAMS, "front": PEOPLE, "back": PROGRAMS, "worker": set(), "beat": set()}


def test_there_are_paths_to_walk() -> None:
    assert {"/oauth2/token", "/.well-known/openid-configuration"} <= PROGRAMS
    assert {"/accounts/login/", "/admin/"} <= PEOPLE


@pytest.mark.parametrize("role", ROLES)
def test_each_role_answers_its_own_paths_and_knows_the_others(nodes: Nodes, role: str) -> None:
    answered = json.loads(nodes.provider.run("-c", RESOLVE, json.dumps(PATHS), IDP_ROLE=role))
    assert {path for path, view in answered.items() if view != "not_served"} == SERVED[role] | HEALTH


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
def test_a_path_of_the_other_role_is_a_404_that_says_so(nodes: Nodes, method: str) -> None:
    for path in PEOPLE:
        said = ask(nodes.back, path, method)
        assert (path, said.status, said.headers["Content-Type"]) == (path, 404, "application/json")
        assert method == "HEAD" or said.json == {
            "error": "not_found",
            "error_description": "a node of this role does not serve this path",
            "error_uri": f"{nodes.provider.issuer}/oauth2/errors#path_elsewhere",
        }
        assert is_bare(said)
    for path in PROGRAMS:
        said = ask(nodes.front, path, method)
        assert (path, said.status, said.headers["Content-Type"]) == (path, 404, "application/json")
        assert method == "HEAD" or said.json["error_description"] == "a node of this role does not serve this path"
        assert is_bare(said)


def is_bare(said: Said) -> bool:
    return "Set-Cookie" not in said.headers and said.headers["Cache-Control"] == "no-store"


def test_a_path_of_its_own_is_answered(nodes: Nodes) -> None:
    for node, served in ((nodes.front, PEOPLE), (nodes.back, PROGRAMS), (nodes.both, PEOPLE | PROGRAMS)):
        # Who has no token is not told that there are metrics.
        assert ask(node, "/metrics").status == 404
        for path in served | HEALTH - {"/metrics"}:
            assert ask(node, path).status in ANSWERED, (node.url, path)


def test_a_path_of_nobody_is_a_404_in_the_language_of_the_role(nodes: Nodes) -> None:
    said = ask(nodes.back, "/nowhere")
    assert (said.status, said.json) == (
        404,
        {
            "error": "not_found",
            "error_description": "there is nothing at this path",
            "error_uri": f"{nodes.provider.issuer}/oauth2/errors#path_unknown",
        },
    )
    assert "There is no such page" in ask(nodes.front, "/nowhere").text


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_what_is_missing_where_programs_ask_is_json_on_every_node_and_names_the_path_without_its_slash(
    nodes: Nodes, method: str
) -> None:
    """nginx leads what it does not know to front nodes."""
    for node in (nodes.front, nodes.back, nodes.both):
        for path in (
            "/oauth2",
            "/oauth2/",
            "/oauth2/tokens",
            "/oauth2/token/x",
            "/.well-known/nothing",
            "/.well-known/",
        ):
            said = ask(node, path, method)
            assert (path, said.status, said.json["error_description"]) == (path, 404, "there is nothing at this path")
            assert said.headers["Access-Control-Allow-Origin"] == "*"
        for path in PROGRAMS:
            said = ask(node, f"{path}/", method)
            meant = f"there is nothing at this path: without the slash at its end it is {path}"
            assert (said.status, said.json["error"], said.json["error_description"]) == (404, "not_found", meant)
            assert said.json["error_uri"] == f"{nodes.provider.issuer}/oauth2/errors#path_unknown"
    for path in ("/oauth2/authorize/", "/oauth2/logout/", "/accounts/nothing"):
        assert ask(nodes.front, path).headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.covers("S76 issuer")
def test_a_back_node_refuses_a_foreign_host_in_json(nodes: Nodes) -> None:
    said = ask(nodes.back, "/oauth2/userinfo", host="evil.example")
    host = nodes.provider.issuer.partition("://")[2]
    assert (said.status, said.json) == (
        400,
        {
            "error": "invalid_request",
            "error_description": f"the request names a host that is not this server's: it is {host}",
            "error_uri": f"{nodes.provider.issuer}/oauth2/errors#host_unknown",
        },
    )


def test_a_back_node_names_the_endpoints_of_the_issuer_wherever_they_are(nodes: Nodes) -> None:
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        assert ask(nodes.back, path).json == ask(nodes.both, path).json
    body = ask(nodes.back, path).json
    assert body["authorization_endpoint"] == f"{nodes.provider.issuer}/oauth2/authorize"
