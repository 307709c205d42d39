"""What to configure applications with: on a client's page, and by `--snippet`."""

import html
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from tests.admin.pages import ADD, SECRET, add_secret, change_url, new, shown
from tests.admin.staff import BrowserOf
from tokens.models import Client
from tokens.registration.kinds import KINDS
from tokens.registration.snippets.snippet import mark
from tokens.registration.snippets.table import APPLICATIONS

GRAFANA = "https://grafana.example/login/generic_oauth"
PLACE = mark("client_secret")


def titles(answer: Any) -> set[str]:
    return {each.application.title for each in answer.context["snippets"]}


def created(*options: str) -> tuple[dict[str, str], str]:
    out, err = StringIO(), StringIO()
    call_command("createclient", "--name", "A site", *options, stdout=out, stderr=err)
    assert out.getvalue().count("\n") == 1
    made: dict[str, str] = json.loads(out.getvalue())
    return made, err.getvalue()


def clients(*options: str) -> str:
    out = StringIO()
    call_command("clients", *options, stdout=out)
    return out.getvalue()


def test_a_new_client_is_shown_with_all_that_an_application_is_configured_with(
    manager: Browser, settings: Settings
) -> None:
    answer = manager.post(ADD, new(redirect_uris=GRAFANA))
    secret, client, page = shown(answer), Client.objects.get(), html.unescape(answer.content.decode())
    for value in (settings.ISSUER, f"{settings.ISSUER}/.well-known/openid-configuration", client.pk, secret):
        assert f">{value}</code>" in page
    assert len(titles(answer) - {"Grafana", "nginx"}) >= 20
    assert {"Grafana", "nginx"} <= titles(answer)
    assert f"client_id = {client.pk}\nclient_secret = {secret}\n" in page
    assert f"token_url = {settings.ISSUER}/oauth2/token\n" in page
    assert "root_url = https://grafana.example\n" in page
    assert PLACE not in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_client_of_every_kind_is_shown_the_addresses_and_its_id(
    manager: Browser, settings: Settings, kind: str
) -> None:
    answer = manager.post(ADD, new(kind), follow=True)
    client, page = Client.objects.get(), html.unescape(answer.content.decode())
    later = html.unescape(manager.get(change_url(client)).content.decode())
    for value in (settings.ISSUER, f"{settings.ISSUER}/.well-known/openid-configuration", client.pk):
        assert [each.count(f">{value}</code>") for each in (page, later)] == [1, 1]
    # The secret of a client that has one, here and nowhere else.
    has_secret = KINDS[kind].members.get("token_endpoint_auth_method") != "none"
    assert [len(SECRET.findall(each)) for each in (page, later)] == [int(has_secret), 0]


def test_later_the_secrets_place_is_marked(manager: Browser) -> None:
    secret, client = shown(manager.post(ADD, new(redirect_uris=GRAFANA))), Client.objects.get()
    answer = manager.get(change_url(client))
    page = html.unescape(answer.content.decode())
    assert f"client_id = {client.pk}\nclient_secret = {PLACE}\n" in page
    assert secret not in page
    second = add_secret(manager, client)
    assert f"client_secret = {shown(second)}\n" in html.unescape(second.content.decode())


@pytest.mark.parametrize(("kind", "suited"), [("spa", {"oidc-client-ts", "Swagger UI"}), ("machine", {"curl"})])
def test_a_client_of_another_kind_is_shown_what_suits_it(manager: Browser, kind: str, suited: set[str]) -> None:
    uris = {"redirect_uris": "https://app.example/"} if kind == "spa" else {"redirect_uris": ""}
    answer = manager.post(ADD, new(kind, **uris), follow=True)
    assert titles(answer) == suited
    assert (PLACE in manager.get(change_url(Client.objects.get())).content.decode()) == (kind == "machine")


def test_who_may_only_look_sees_it_too(manager: Browser, browser_of: BrowserOf) -> None:
    manager.post(ADD, new(redirect_uris=GRAFANA))
    answer = browser_of("auditor").get(change_url(Client.objects.get()))
    assert "Grafana" in titles(answer)


def test_what_a_client_is_called_is_text(manager: Browser) -> None:
    made, _ = created("--kind", "web", "--redirect-uri", GRAFANA, "--client-id", "<b>'\"</pre>&")
    page = manager.get(change_url(Client.objects.get(pk=made["client_id"]))).content.decode()
    assert "<b>'" not in page
    assert "&lt;b&gt;&#x27;\\&quot;&lt;/pre&gt;&amp;" in page
    assert "grafana.ini has no safe way to say the value of client_id" in page


@pytest.mark.parametrize("name", ["grafana", "authlib-flask", "spring-boot"])
def test_createclient_writes_one_beside_its_json(db: None, name: str) -> None:
    made, said = created("--kind", "web", "--redirect-uri", GRAFANA, "--snippet", name)
    assert said.splitlines()[0] == APPLICATIONS[name].title
    assert [said.count(made[value]) for value in ("client_id", "client_secret")] == [1, 1]
    shown_later = clients("show", made["client_id"], "--snippet", name)
    assert shown_later == said.replace(made["client_secret"], PLACE)


def test_without_the_option_nothing_is_written_beside_it(db: None) -> None:
    made, said = created("--kind", "web", "--redirect-uri", GRAFANA)
    assert said == ""
    assert "snippet" not in json.loads(clients("show", made["client_id"], "--json"))


def test_a_program_reads_it_as_json(db: None) -> None:
    made, _ = created("--kind", "web", "--redirect-uri", "https://grafana.example/")
    told = json.loads(clients("show", made["client_id"], "--snippet", "grafana", "--json"))
    assert told["client_id"] == made["client_id"]
    assert told["snippet"]["application"] == "Grafana"
    assert [file["name"] for file in told["snippet"]["files"]] == ["grafana.ini"]
    assert f"client_secret = {PLACE}\n" in told["snippet"]["files"][0]["text"]
    assert told["snippet"]["remarks"][0].startswith("Grafana needs a redirect URI that ends with")


@pytest.mark.parametrize(
    ("kind", "method", "name", "fault"),
    [
        ("spa", "none", "grafana", "--snippet: Grafana needs a client of the kind web, not spa"),
        ("web", "client_secret_basic", "curl", "--snippet: curl needs a client of the kind machine, not web"),
        ("web", "private_key_jwt", "grafana", "--snippet: Grafana needs a secret, not private_key_jwt"),
    ],
)
def test_a_client_that_does_not_suit_the_application_is_not_made(
    db: None, kind: str, method: str, name: str, fault: str
) -> None:
    options = ["--kind", kind, "--redirect-uri", GRAFANA, "--token-endpoint-auth-method", method]
    with pytest.raises(CommandError) as caught:
        created(*options, "--snippet", name)
    assert (str(caught.value), Client.objects.count()) == (fault, 0)
    keys = ["--jwks-uri", "https://grafana.example/jwks"] if method == "private_key_jwt" else []
    made, _ = created(*options, *keys)
    with pytest.raises(CommandError) as caught:
        clients("show", made["client_id"], "--snippet", name)
    assert str(caught.value) == fault
