"""The applications: each template is whole, names only values that there are, and keeps its shape whatever they are."""

import ast
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tokens.protocol import client_metadata
from tokens.protocol.records import Client
from tokens.registration.kinds import KINDS
from tokens.registration.snippets import applications
from tokens.registration.snippets.application import Application
from tokens.registration.snippets.literals import LITERALS
from tokens.registration.snippets.pages import ADDRESSES
from tokens.registration.snippets.snippet import Snippet, mark, snippet
from tokens.registration.snippets.table import APPLICATIONS, suitable

NAMES = (*ADDRESSES, *("client_id", "client_secret", "redirect_uri", "callback_path", "base_url", "host", "on_http"))
HOSTILE_ID = "".join(map(chr, range(0x21, 0x7F))) + "@issuer@'\"\\n${HOME}$(id)`id`#{1}"
HOSTILE_PATH = "/$(id)'*!~;@on_http@/${HOME}" + "%22"
TABLE_OF_LINE_2 = {
    *("mod-auth-openidc", "express-openid-connect", "oidc-client-ts", "swagger-ui", "synapse", "jupyterhub"),
    *("openid-client", "passport-openidconnect", "auth-js", "mozilla-django-oidc", "django-allauth", "social-auth"),
    *("django-pyoidc", "flask-pyoidc", "requests-oauth2client", "httpx-oauth", "fastapi-sso", "omniauth", "streamlit"),
    *("pgadmin", "go-oidc", "oauth2-proxy", "gitea", "vault", "traefik-oidc-auth", "kubelogin", "dex", "spring-boot"),
    *("keycloak", "quarkus", "micronaut", "vertx", "pac4j", "nimbus", "zitadel-oidc", "step", "oidc-agent", "iddawc"),
    *("idpyoidc", "oauth4webapi"),
}


def client_of(application: Application, **members: Any) -> Client:
    """One that is made for it."""
    read = client_metadata.read(KINDS[application.kind].members)
    given = {"client_id": "its-id", "client_name": application.title, "redirect_uris": application.redirect_uris}
    return Client(**{**given, **read, **members})


def python(text: str) -> object:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value)


def words(text: str) -> object:
    return [len(shlex.split(line, comments=True)) for line in text.replace("\\\n", "").splitlines()]


def lines(text: str) -> object:
    return [line.partition("=")[0] if "=" in line else line.split()[:1] for line in text.splitlines()]


def strings(text: str) -> object:
    """The text without what is between quotes, which a backslash may protect."""
    return re.sub(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'', "", text)


SHAPES: Mapping[str, Callable[[str], object]] = {
    "python": python,
    "javascript": strings,
    "c": strings,
    "java": strings,
    "go": strings,
    "ruby": strings,
    "json": lambda text: shape(json.loads(text)),
    "yaml": lambda text: shape(yaml.safe_load(text)),
    "toml": lambda text: shape(tomllib.loads(text)),
    "sh": words,
    "ini": lines,
    "properties": lines,
    "apache": lines,
    "nginx": lines,
    "text": lines,
}
"""What of a text may not depend on the values in it."""


@pytest.mark.parametrize("name", APPLICATIONS)
def test_an_application_says_what_its_client_has_to_be(name: str) -> None:
    application = APPLICATIONS[name]
    client = client_of(application)
    assert application.kind in KINDS
    assert bool(application.redirect_uris) == client.for_people
    assert application.redirect_uri(client) == next(iter(application.redirect_uris), "")
    assert all(uri.endswith(application.redirect_path) for uri in application.redirect_uris[:1])
    assert application.suits(client)
    assert name in suitable(client)
    assert re.search(r"https://\S+$", application.read)
    assert shown(application, client).remarks == ()


@pytest.mark.parametrize("name", APPLICATIONS)
def test_a_template_names_only_values_that_there_are(name: str) -> None:
    for file in APPLICATIONS[name].files:
        assert file.language in LITERALS
        assert set(re.findall(r"@([a-z_]+)@", file.text)) <= set(NAMES)
        # A literal has its own quotes: within others it would end them.
        assert not re.search(r"[\"'`]@[a-z_]+@|@[a-z_]+@[\"'`]", file.text)
        assert "\t" not in file.text
        assert file.text.endswith("\n")


@pytest.mark.parametrize("name", APPLICATIONS)
def test_values_cannot_break_out(name: str) -> None:
    application = APPLICATIONS[name]
    uris = tuple(f"https://app.example.com{HOSTILE_PATH}{application.redirect_path}" for _ in application.redirect_uris)
    plain = shown(application, client_of(application))
    hostile = shown(application, client_of(application, client_id=HOSTILE_ID, redirect_uris=uris))
    for before, after in zip(plain.files, hostile.files, strict=True):
        assert SHAPES[after.language](after.text) == SHAPES[before.language](before.text)
        assert all(mark(value) in after.text for value in after.marked)
        assert after.text.count(ADDRESSES["issuer"]) == before.text.count(ADDRESSES["issuer"])


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_secret_is_there_once_it_is_known_and_else_its_place(name: str) -> None:
    application = APPLICATIONS[name]
    known = snippet(application, client_of(application), ADDRESSES, "a-secret-of-43-characters")
    later = snippet(application, client_of(application), ADDRESSES)
    assert ("a-secret-of-43-characters" in text(known)) == application.needs_secret
    assert (mark("client_secret") in text(later)) == application.needs_secret
    assert text(known).replace("a-secret-of-43-characters", mark("client_secret")) == text(later)


def test_a_line_for_development_is_there_where_the_issuer_is_not_served_by_https() -> None:
    application = APPLICATIONS["openid-client"]
    local = {member: address.replace("https:", "http:") for member, address in ADDRESSES.items()}
    assert "allowInsecureRequests" not in text(shown(application, client_of(application)))
    assert "\n  { execute: [client.allowInsecureRequests] },\n" in text(
        snippet(application, client_of(application), local)
    )


def test_a_redirect_uri_that_the_application_does_not_use_is_remarked() -> None:
    application = APPLICATIONS["grafana"]
    wrong = client_of(application, redirect_uris=("https://grafana.example.com/callback",))
    (remark,) = shown(application, wrong).remarks
    assert remark == "Grafana needs a redirect URI that ends with /login/generic_oauth, and the client has none."
    second = client_of(application, redirect_uris=(*wrong.redirect_uris, *application.redirect_uris))
    assert shown(application, second).remarks == ()
    assert "root_url = https://grafana.example.com\n" in text(shown(application, second))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_kubelogin_is_told_the_host_of_the_redirect_uri_that_the_client_has(host: str) -> None:
    application = APPLICATIONS["kubelogin"]
    told = shown(application, client_of(application, redirect_uris=(f"http://{host}:8000",)))
    (person,) = yaml.safe_load(text(told))["users"]
    arguments = person["user"]["exec"]["args"]
    assert arguments[arguments.index("--oidc-redirect-url-hostname") + 1] == host


@pytest.mark.parametrize(
    ("name", "pkce", "floor", "too_much"),
    [
        ("grafana", "required", "required", False),
        ("flask-pyoidc", "pkce_or_nonce", "optional", False),
        ("flask-pyoidc", "required", "optional", True),
        ("flask-pyoidc", "optional", "required", True),
        ("gitea", "optional", "optional", False),
        ("gitea", "pkce_or_nonce", "optional", True),
        ("gitea", "optional", "pkce_or_nonce", True),
    ],
)
def test_a_client_that_demands_more_than_the_application_sends_is_remarked(
    name: str, pkce: Any, floor: Any, too_much: bool
) -> None:
    application = APPLICATIONS[name]
    remarks = snippet(application, client_of(application, pkce=pkce), ADDRESSES, floor=floor).remarks
    assert [("more than" in remark) for remark in remarks] == ([True] if too_much else [])


def test_a_value_that_the_file_cannot_say_is_marked_and_remarked() -> None:
    application = APPLICATIONS["grafana"]
    told = shown(application, client_of(application, client_id="a;b"))
    assert f"client_id = {mark('client_id')}\n" in text(told)
    assert told.remarks == ("grafana.ini has no safe way to say the value of client_id: write it there by hand.",)


def test_a_client_is_shown_what_suits_it() -> None:
    web = client_of(APPLICATIONS["grafana"])
    assert {"grafana", "nginx", *TABLE_OF_LINE_2} - suitable(web).keys() == {
        *("oidc-client-ts", "swagger-ui"),
        *("kubelogin", "step", "oidc-agent", "iddawc"),
    }
    spa = client_of(APPLICATIONS["swagger-ui"])
    assert suitable(spa).keys() == {"oidc-client-ts", "swagger-ui"}
    with_a_key = client_of(APPLICATIONS["grafana"], token_endpoint_auth_method="private_key_jwt")
    assert suitable(with_a_key) == {}
    assert suitable(client_of(APPLICATIONS["curl"])).keys() == {"curl"}


def test_what_the_client_was_made_for_comes_first() -> None:
    assert next(iter(suitable(client_of(APPLICATIONS["grafana"])))) == "grafana"
    assert list(suitable(client_of(APPLICATIONS["nginx"])))[:2] == ["nginx", "oauth2-proxy"]
    anybody = client_of(APPLICATIONS["grafana"], redirect_uris=("https://app.example.com/",))
    assert list(suitable(anybody)) == [name for name in APPLICATIONS if name in suitable(anybody)]


def test_each_module_is_an_application() -> None:
    modules = {file.stem for file in Path(applications.__path__[0]).glob("*.py")} - {"__init__"}
    assert {name.replace("-", "_") for name in APPLICATIONS} == modules


@pytest.mark.parametrize("name", [name for name, each in APPLICATIONS.items() if each.files[0].language == "sh"])
def test_a_shell_can_read_its_script(name: str) -> None:
    script = text(shown(APPLICATIONS[name], client_of(APPLICATIONS[name])))
    subprocess.run(["/bin/sh", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("name", [name for name, each in APPLICATIONS.items() if each.run])
@pytest.mark.parametrize(("host", "port"), [("localhost:8765", "8765"), ("app.example.com", "3000")])
def test_it_is_started_where_its_redirect_uri_leads(name: str, host: str, port: str) -> None:
    application = APPLICATIONS[name]
    uris = (f"http://{host}{HOSTILE_PATH}{application.redirect_path}",)
    run = shown(application, client_of(application, redirect_uris=uris)).run
    subprocess.run(["/bin/sh", "-n"], input=run, text=True, check=True)
    assert application.run == run.replace(port, "@port@")
    assert "@port@" in application.run


@pytest.mark.parametrize("name", APPLICATIONS)
def test_what_a_program_reads_from_its_environment_is_set_where_it_is_started(name: str) -> None:
    read = re.findall(r"(?:os\.environ\[\"|process\.env\.)(\w+)", text_of(APPLICATIONS[name]))
    assert [variable for variable in read if f"{variable}=" not in APPLICATIONS[name].run] == []


def shown(application: Application, client: Client) -> Snippet:
    return snippet(application, client, ADDRESSES)


def text_of(application: Application) -> str:
    return "".join(file.text for file in application.files)


def text(told: Snippet) -> str:
    return "".join(file.text for file in told.files)
