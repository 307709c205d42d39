"""The page that says "You are signed out": which applications could not be told, to the browser that was signed in."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.ground import dated_signer
from accounts.models import LoginSession, User
from accounts.site.just_ended import COOKIE, KEPT, just_ended, note
from tests.endpoints.lifecycle import END_SESSION
from tests.support.browser import Browser
from tests.support.builders import NOW, change_clients, register
from tests.support.endpoints import post, tokens_of
from tests.support.messages import Registered
from tests.support.people import PASSWORD
from tokens.stores import store

ASKED, LOGOUT = "/oauth2/sign_out", "/accounts/logout/"
NOTICES = "https://rp.example/logout"
HEADING = "Applications that could not be told"


@pytest.fixture
def alices(alice: User) -> Browser:
    alice.set_password(PASSWORD)
    alice.save()
    browser = Browser()
    browser.sign_in()
    return browser


@pytest.fixture
def took_part(alices: Browser, anybody: Client, alice: User) -> Mapping[str, Registered]:
    """Clients that were given tokens in alice's sign-in, by what is wrong with telling them."""
    clients = {
        "told": register(backchannel_logout_uri=NOTICES),
        "wants none": register(client_uri="https://app.example/"),
        "fails": register(backchannel_logout_uri=NOTICES),
        "disabled": register(backchannel_logout_uri=NOTICES),
        "another's": register(),
    }
    sid = LoginSession.objects.get().sid
    for name, client in clients.items():
        tokens_of(anybody, client, alice.pk, sid="0.another" if name == "another's" else sid)
        change_clients(client.client_id, client_name=f"App that {name}")
    store().clients.note_logout(clients["fails"].client_id, NOW)
    change_clients(clients["disabled"].client_id, enabled=False)
    return clients


def listed(page: Any) -> dict[str, str]:
    """The applications on the page, and the addresses that they lead to."""
    content = page.content.decode()
    assert ("<h1>You are signed out</h1>" in content, page.status_code) == (True, 200)
    found = re.findall(r'<li>(?:<a href="([^"]*)"[^>]*>)?<bdi>([^<]*)</bdi>', content)
    assert (HEADING in content) == bool(found)
    return {unescape(name): unescape(address) for address, name in found}


def by_the_account_page(browser: Browser, client: Registered, hint: str) -> Any:
    return browser.send(LOGOUT, {})


def by_the_page_that_asks(browser: Browser, client: Registered, hint: str) -> Any:
    browser.open(END_SESSION)
    assert browser.path == ASKED
    return browser.send(ASKED, {})


def by_a_hint(browser: Browser, client: Registered, hint: str) -> Any:
    return browser.open(END_SESSION, id_token_hint=hint)


UNTOLD = {
    "App that wants none": "https://app.example/",
    "App that fails": "https://rp.example/",
    "App that disabled": "",
}
WAYS: Mapping[str, Callable[[Browser, Registered, str], Any]] = {
    "the account page": by_the_account_page,
    "the page that asks": by_the_page_that_asks,
    "a hint": by_a_hint,
}


@pytest.mark.parametrize("way", WAYS)
def test_who_signs_out_is_told_which_applications_could_not_be(
    alices: Browser, took_part: Mapping[str, Registered], anybody: Client, alice: User, way: str
) -> None:
    asker = took_part["told"]
    hint = tokens_of(anybody, asker, alice.pk, sid=LoginSession.objects.get().sid)["id_token"]
    assert listed(WAYS[way](alices, asker, hint)) == UNTOLD
    assert LoginSession.objects.get().ended_at is not None


def test_who_asks_for_the_sign_out_knows_of_it(
    alices: Browser, took_part: Mapping[str, Registered], anybody: Client, alice: User
) -> None:
    asker = took_part["wants none"]
    hint = tokens_of(anybody, asker, alice.pk, sid=LoginSession.objects.get().sid)["id_token"]
    assert listed(by_a_hint(alices, asker, hint)).keys() == UNTOLD.keys() - {"App that wants none"}


def test_where_all_were_told_the_page_lists_none(alices: Browser) -> None:
    assert listed(by_the_account_page(alices, Registered("x"), "")) == {}


def test_nobody_but_the_browser_that_was_signed_in_is_told_where_the_person_was(
    alices: Browser, took_part: Mapping[str, Registered], anybody: Client, alice: User
) -> None:
    """An application's server brings its hint, by either method: it learns of no other application."""
    client = took_part["told"]
    hint = tokens_of(anybody, client, alice.pk, sid=LoginSession.objects.get().sid)["id_token"]
    assert listed(anybody.get(END_SESSION, {"id_token_hint": hint})) == {}
    server = Client()
    assert listed(server.get(post(server, END_SESSION, {"id_token_hint": hint})["Location"])) == {}
    assert listed(alices.open(END_SESSION)) == {}


def test_the_page_can_be_loaded_again_for_a_minute(
    alices: Browser, took_part: Mapping[str, Registered], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2033, 5, 18, tzinfo=UTC)
    monkeypatch.setattr(dated_signer, "clock", SimpleNamespace(now=lambda: now))
    by_the_account_page(alices, took_part["told"], "")
    for age, is_told in ((KEPT, True), (KEPT + timedelta(seconds=1), False)):
        monkeypatch.setattr(dated_signer, "clock", SimpleNamespace(now=lambda age=age: now + age))
        assert bool(listed(alices.open(END_SESSION))) == is_told


@pytest.mark.covers("S67 HttpOnly", "S67 SameSite")
def test_the_cookie_is_for_us_alone() -> None:
    answer = HttpResponse()
    note(answer, "0.sid")
    morsel = answer.cookies[COOKIE]
    assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["domain"]) == (True, "Lax", "/", "")
    assert bool(morsel["secure"]) == settings.SESSION_COOKIE_SECURE
    assert COOKIE.startswith(settings.COOKIE_PREFIX)


@pytest.mark.parametrize("text", ["", "x", "0.sid", "0.sid:x:y", "\ud800", ":::", "x" * 5000])
def test_what_we_did_not_sign_names_no_sign_in(text: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = text
    assert just_ended(request) is None
