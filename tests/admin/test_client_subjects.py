"""Pairwise clients in the admin, and the address that vouches for their sector (OpenID Connect Registration §5)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from tests.admin.pages import change_url, edited
from tests.servers.loopback import Loopback, answer, serving
from tests.support.builders import create
from tokens.fetch import fetch_array
from tokens.models import Client
from tokens.registration import clients

URIS = ["https://one.example/cb", "https://two.example/cb"]


@pytest.fixture
def row(db: None) -> Client:
    create("web", "A site", URIS)
    return Client.objects.get()


@pytest.fixture
def document() -> list[object]:
    """What the sector's server answers; a test may change it."""
    return [*URIS, "https://three.example/cb"]


@pytest.fixture
def server(document: list[object], settings: Settings) -> Iterator[Loopback]:
    settings.ISSUER = "http://localhost:8000"
    settings.TOKENS = replace(settings.TOKENS, fetch_allow=("127.0.0.1",))
    with serving(lambda sock: answer(document)(sock)) as running:
        yield running


def test_several_hosts_need_an_address_that_vouches_for_them(manager: Browser, row: Client) -> None:
    response = manager.post(change_url(row), edited(row, subject_type="pairwise"))
    assert dict(response.context["errors"]) == {
        "sector_identifier_uri": ["is needed where the redirect URIs of a pairwise client have several hosts"]
    }
    one = edited(row, subject_type="pairwise", redirect_uris=f"{URIS[0]}\nhttps://one.example/other")
    assert manager.post(change_url(row), one).status_code == 302
    assert Client.objects.get().metadata["subject_type"] == "pairwise"


@pytest.mark.covers("S53 transaction of a sector")
def test_the_address_is_asked_once_outside_any_transaction_and_not_again_for_a_new_name(
    manager: Browser, row: Client, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    around, inside = len(connection.savepoint_ids), []

    def watched(url: str, client: str) -> list[Any]:
        inside.append(len(connection.savepoint_ids) - around)
        return fetch_array(url, client=client)

    monkeypatch.setattr(clients, "fetch_array", watched)
    sector = {"subject_type": "pairwise", "sector_identifier_uri": server.url("/sector")}
    saved = manager.post(change_url(row), edited(row, **sector))
    assert saved.status_code == 302, saved.context["errors"]
    row.refresh_from_db()
    assert manager.post(change_url(row), edited(row, client_name="Another", **sector)).status_code == 302
    assert (server.connections, inside) == (1, [0])
    row.refresh_from_db()
    assert (row.client_name, row.metadata["sector_identifier_uri"]) == ("Another", server.url("/sector"))
    # Another redirect URI has to be vouched for.
    more = "\n".join([*URIS, "https://four.example/cb"])
    response = manager.post(change_url(row), edited(row, redirect_uris=more, **sector))
    assert dict(response.context["errors"]) == {
        "sector_identifier_uri": ["what it answers does not hold https://four.example/cb"]
    }


@pytest.mark.parametrize("content", [[], ["https://one.example/cb"], [1, None, {}], [[*URIS]]])
def test_an_answer_that_lacks_a_redirect_uri_is_told(
    content: list[object], manager: Browser, row: Client, server: Loopback, document: list[object]
) -> None:
    document[:] = content
    response = manager.post(change_url(row), edited(row, sector_identifier_uri=server.url()))
    assert [fault.rpartition(" ")[2] for fault in response.context["errors"]["sector_identifier_uri"]] == [
        uri for uri in URIS if uri not in content
    ]


@pytest.mark.covers("S53 sectors")
@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("https://10.0.0.1/sector", "is not a public address"),
        ("http://10.0.0.1/sector", "must use https"),
        ("https://rp.example/#f", "has a fragment"),
        ("https://u:p@rp.example/", "has user information"),
    ],
)
def test_only_public_https_addresses_are_asked(uri: str, fault: str, manager: Browser, row: Client) -> None:
    response = manager.post(change_url(row), edited(row, sector_identifier_uri=uri))
    assert fault in str(response.context["errors"]["sector_identifier_uri"])


def test_an_object_is_no_sector(manager: Browser, row: Client, settings: Settings) -> None:
    settings.ISSUER = "http://localhost:8000"
    settings.TOKENS = replace(settings.TOKENS, fetch_allow=("127.0.0.1",))
    with serving(answer({"keys": []})) as server:
        response = manager.post(change_url(row), edited(row, sector_identifier_uri=server.url()))
    assert dict(response.context["errors"]) == {"sector_identifier_uri": ["cannot be read: ValueError: not an array"]}


def test_nobody_without_the_right_makes_us_ask(browser_of: Any, row: Client, server: Loopback) -> None:
    form = edited(row, sector_identifier_uri=server.url())
    for role in ("anonymous", "person", "auditor", "support"):
        assert browser_of(role).post(change_url(row), form).status_code in (302, 403)
    assert server.connections == 0


def test_what_people_may_keep_for_themselves_is_said(manager: Browser, row: Client) -> None:
    page = manager.get(change_url(row)).content.decode()
    assert "the client takes them for strangers" in page


@pytest.mark.parametrize("seconds", ["-1", "x", "9" * 400, "315360001", "1.5", "\x00"])
def test_a_max_age_that_cannot_be_is_told(seconds: str, manager: Browser, row: Client) -> None:
    response = manager.post(change_url(row), edited(row, default_max_age=seconds))
    assert set(response.context["errors"]) == {"default_max_age"}


@pytest.mark.parametrize(("sent", "kept"), [("", None), ("True", True), ("False", False)])
def test_tokens_are_as_the_client_wants_them(sent: str, kept: bool | None, manager: Browser, row: Client) -> None:
    wanted = {
        "id_token_signed_response_alg": "EdDSA",
        "userinfo_signed_response_alg": "PS256",
        "default_max_age": "0",
        "rotate_refresh_tokens": sent,
    }
    assert manager.post(change_url(row), edited(row, **wanted)).status_code == 302
    row.refresh_from_db()
    assert {name: row.metadata[name] for name in wanted} == wanted | {
        "default_max_age": 0,
        "rotate_refresh_tokens": kept,
    }


def test_a_public_client_cannot_keep_its_refresh_tokens(manager: Browser) -> None:
    create("spa", "App", ["https://one.example/cb"])
    row = Client.objects.get()
    response = manager.post(change_url(row), edited(row, rotate_refresh_tokens="False"))
    assert set(response.context["errors"]) == {"rotate_refresh_tokens"}
