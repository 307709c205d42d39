"""What a client sends against stolen codes, on its page in the admin."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from tests.admin.pages import change_url, members
from tests.admin.staff import BrowserOf
from tests.support import builders
from tokens.models import Client
from tokens.protocol.records import Protection
from tokens.stores import store

SENT = "It sent PKCE in all of the last 30 days."
NEITHER = "some of its sign-ins sent neither PKCE nor a nonce"
UNKNOWN = "it redeemed no code"
REQUIRE = {"pkce": ("Require PKCE", "required"), "nonce": ("Require PKCE or a nonce", "pkce_or_nonce")}


def made(kind: str = "web", /, **seen: int) -> Client:
    """A client that last sent each of these so many days ago."""
    client = builders.register(kind, *([""] if kind in ("machine", "api") else []))
    for sent, days in seen.items():
        note(client.client_id, sent, days)  # type: ignore[arg-type]  # they are three names
    return Client.objects.get(pk=client.client_id)


def note(client_id: str, sent: Protection, days: int) -> None:
    store().clients.note_protection(client_id, sent, datetime.now(UTC) - timedelta(days=days), timedelta())


def page_of(browser: Browser, client: Client) -> Any:
    return browser.get(change_url(client))


def button_of(page: Any) -> str | None:
    button = page.context["pkce_button"]
    assert button is None or f'<input type="submit" value="{button}">' in page.content.decode()
    return button and str(button)


@pytest.mark.parametrize(
    ("seen", "words", "button"),
    [
        ({}, UNKNOWN, None),
        ({"pkce": 40}, UNKNOWN, None),
        ({"pkce": 3, "nonce": 40, "neither": 32}, SENT, "Require PKCE"),
        ({"pkce": 3, "nonce": 29}, "sent a nonce and no PKCE", "Require PKCE or a nonce"),
        ({"pkce": 3, "neither": 29}, NEITHER, None),
        ({"neither": 0}, NEITHER, None),
    ],
)
def test_the_page_says_what_the_client_sends(
    manager: Browser, seen: dict[str, int], words: str, button: str | None
) -> None:
    page = page_of(manager, made(**seen))
    assert words in page.content.decode()
    assert [each for each in (SENT, NEITHER, UNKNOWN) if each in page.content.decode() and each != words] == []
    assert button_of(page) == button
    assert (f'<p class="errornote">In the last 30 days {words}' in page.content.decode()) == (words == NEITHER)


@pytest.mark.parametrize("sent", REQUIRE)
def test_one_click_requires_what_it_sends(manager: Browser, sent: str) -> None:
    button, level = REQUIRE[sent]
    client = made(**{sent: 1})
    before = members(client)
    page = page_of(manager, client)
    assert button_of(page) == button
    answer = manager.post(page.context["require_pkce_url"], follow=True)
    assert answer.redirect_chain == [(change_url(client), 302)]
    client.refresh_from_db()
    assert members(client) == {**before, "pkce": level}
    assert [entry.get_change_message() for entry in LogEntry.objects.all()] == ["Changed pkce."]
    assert button_of(answer) is None


def test_a_click_on_an_old_page_requires_nothing_that_the_client_no_longer_sends(manager: Browser) -> None:
    client = made(pkce=1)
    page = page_of(manager, client)
    note(client.pk, "neither", 0)
    answer = manager.post(page.context["require_pkce_url"], follow=True)
    assert "Nothing was done" in answer.content.decode()
    client.refresh_from_db()
    assert members(client)["pkce"] == "optional"
    assert not LogEntry.objects.exists()


def test_a_click_leaves_what_somebody_else_changed_meanwhile(manager: Browser) -> None:
    client = made(pkce=1)
    page = page_of(manager, client)
    builders.change_clients(client.pk, client_name="Renamed")
    manager.post(page.context["require_pkce_url"])
    client.refresh_from_db()
    assert (client.client_name, members(client)["pkce"]) == ("Renamed", "required")


def test_what_the_deployment_asks_for_anyway_is_not_offered(manager: Browser, settings: Settings) -> None:
    settings.TOKENS = replace(settings.TOKENS, pkce="required")
    page = page_of(manager, made(pkce=1))
    assert "PKCE is required of it." in page.content.decode()
    assert button_of(page) is None


@pytest.mark.parametrize("kind", ["spa", "native", "machine", "api"])
def test_clients_of_which_pkce_is_always_or_never_asked_have_no_such_part(manager: Browser, kind: str) -> None:
    client = made(kind, neither=1)
    page = page_of(manager, client).content.decode()
    assert "What protects its codes" not in page
    assert 'name="pkce"' not in page
    manager.post(f"{change_url(client).removesuffix('change/')}pkce/require/")
    before = members(client)
    client.refresh_from_db()
    assert members(client) == before


def test_who_only_looks_has_no_button_and_cannot_press_it(browser_of: BrowserOf) -> None:
    client = made(pkce=1)
    auditor = browser_of("auditor")
    page = page_of(auditor, client)
    assert SENT in page.content.decode()
    assert "Require PKCE" not in page.content.decode()
    url = page.context["require_pkce_url"]
    assert auditor.post(url).status_code == 403
    assert browser_of("client manager").get(url).status_code == 405
    client.refresh_from_db()
    assert members(client)["pkce"] == "optional"
