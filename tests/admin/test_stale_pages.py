"""A page that was left open undoes nothing that somebody else did meanwhile."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from django.utils.html import strip_tags

from accounts.ground import clock
from accounts.models import User
from tests.admin.pages import change_url, edited
from tests.admin.staff import BrowserOf
from tests.support.builders import create
from tokens import models
from tokens.protocol.records import Client, Resource
from tokens.registration import clients, resources


@pytest.fixture
def row(db: None) -> models.Client:
    create("web", "A site", ["https://rp.example/cb"], skip_consent=True)
    return models.Client.objects.get()


def test_what_another_administrator_switched_off_stays_off(
    manager: Browser, browser_of: BrowserOf, row: models.Client
) -> None:
    left_open = edited(row, client_name="Renamed", skip_consent="on")
    other = browser_of("superuser")
    switched = {"action": "disable", "_selected_action": [row.pk]}
    other.post("/admin/tokens/client/", switched)
    row.refresh_from_db()
    other.post(change_url(row), {name: value for name, value in edited(row).items() if name != "enabled"})
    answer = manager.post(change_url(row), left_open)
    page = strip_tags(answer.content.decode())
    assert answer.status_code == 200
    assert "Somebody else changed this after you opened the page." in page
    assert "To save it all the same would change: Name, Enabled, Skip consent." in page.replace("\n", " ")
    assert 'value="Renamed"' in answer.content.decode()
    row.refresh_from_db()
    assert (row.client_name, row.enabled, row.metadata["skip_consent"]) == ("A site", False, False)
    # The page now knows what there is: to send it again is a decision.
    again = {**left_open, "version": answer.context["adminform"].form["version"].value()}
    assert manager.post(change_url(row), again).status_code == 302
    row.refresh_from_db()
    assert (row.client_name, row.enabled) == ("Renamed", True)


def test_who_writes_between_our_reading_and_our_writing_is_not_overwritten(
    manager: Browser, row: models.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = clients.change
    raced: list[models.Client] = []

    def late(client: Client, version: Any) -> bool:
        if not raced:
            raced.append(models.Client.objects.get())
            raced[0].enabled = False
            raced[0].save()
        return change(client, version)

    monkeypatch.setattr(clients, "change", late)
    answer = manager.post(change_url(row), edited(row, client_name="Renamed"))
    assert "Somebody else changed this" in answer.content.decode()
    row.refresh_from_db()
    assert (row.client_name, row.enabled) == ("A site", False)


@pytest.mark.parametrize("version", ["", "x", "\x00", "2026-01-01T00:00:00+00:00", "9" * 100])
def test_a_page_without_its_version_saves_nothing(version: str, manager: Browser, row: models.Client) -> None:
    assert manager.post(change_url(row), edited(row, client_name="Renamed", version=version)).status_code == 200
    assert models.Client.objects.get().client_name == "A site"


def test_resources_are_kept_in_the_same_way(manager: Browser) -> None:
    resources.create(Resource(identifier="urn:a", scope=("a",), name="A"))
    row = models.Resource.objects.get()
    form = {
        "name": "B",
        "scope": "a",
        "access_token_format": "jwt",
        "access_token_signed_response_alg": "ES256",
        "access_token_typ": "at+jwt",
        "version": row.updated.isoformat(),
    }
    url = f"/admin/tokens/resource/{row.pk}/change/"
    assert manager.post(url, {**form, "name": "C", "access_token_format": "opaque"}).status_code == 302
    answer = manager.post(url, form)
    assert "would change: Name, Token format." in strip_tags(answer.content.decode())
    row.refresh_from_db()
    assert (row.name, row.access_token_format) == ("C", "opaque")


def test_a_persons_page_gives_nothing_back_that_was_taken_meanwhile(browser_of: BrowserOf) -> None:
    alice = User.objects.create_user("alice")
    url = f"/admin/accounts/user/{alice.pk}/change/"
    browser = browser_of("user manager")
    shown = browser.get(url).context["adminform"].form
    left_open = {"username": "alice", "nickname": "Al", "attributes": "{}", "initial-attributes": "{}"}
    left_open |= {"is_active": "on", "version": shown["version"].value()}
    User.objects.filter(pk=alice.pk).update(is_active=False, second_factor_required=True, updated_at=clock.now())
    answer = browser.post(url, left_open)
    page = strip_tags(answer.content.decode()).replace("\n", " ")
    assert (answer.status_code, "Somebody else changed this after you opened the page." in page) == (200, True)
    assert "would change: Nickname, Active, Second factor required." in page
    assert 'value="Al"' in answer.content.decode()
    alice.refresh_from_db()
    assert (alice.nickname, alice.is_active, alice.second_factor_required) == ("", False, True)
    again = {**left_open, "version": answer.context["adminform"].form["version"].value()}
    assert browser.post(url, again).status_code == 302
    alice.refresh_from_db()
    assert (alice.nickname, alice.is_active, alice.second_factor_required) == ("Al", True, False)
    assert "Version" not in LogEntry.objects.latest("pk").get_change_message()


def test_who_only_looks_at_a_person_is_shown_no_form(browser_of: BrowserOf) -> None:
    alice = User.objects.create_user("alice")
    page = browser_of("auditor").get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()
    assert ("alice" in page, 'name="version"' in page) == (True, False)
