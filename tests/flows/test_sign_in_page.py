"""What the sign-in page takes from the request that waits: whom the client expects, and in which language it asks."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import get_language

from accounts.models import User
from tests.support.browser import LOGIN, REAUTHENTICATE, Browser, is_refusal, parameters_of
from tests.support.messages import Registered


def name_field(page: Any) -> str:
    match = re.search(r'<input type="text" name="login"[^>]*>', page.content.decode())
    assert match is not None
    value = re.search(r' value="([^"]*)"', match[0])
    return value[1] if value else ""


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("alice", "alice"),
        ("nobody@example.org", "nobody@example.org"),
        ('"><script>alert(1)</script>', "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("{{ request.user }}", "{{ request.user }}"),
        ("x" * 255, ""),
        ("a\r\nb", ""),
    ],
)
@pytest.mark.covers("S13 login_hint", "S59 text", "CVE-2026-4874")
def test_the_name_that_the_client_expects_is_filled_in_and_known_or_not_changes_nothing_else(
    alice: User, client_app: Registered, browser: Browser, hint: str, shown: str
) -> None:
    page = browser.authorize(client_app, login_hint=hint)
    assert (page.status_code, browser.path, name_field(page)) == (200, LOGIN, shown)
    plain = Browser().authorize(client_app)
    assert _without_what_is_random(page, f' value="{shown}"' if shown else "") == _without_what_is_random(plain, "")


def test_what_the_person_types_is_kept_and_the_hint_binds_nobody(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app, login_hint="bob")
    going_on = browser.query["next"]
    refused = browser.send(LOGIN, {"login": "carol", "password": "wrong", "next": going_on}, follow=False)
    assert (refused.status_code, name_field(refused)) == (422, "carol")
    emptied = browser.send(LOGIN, {"login": "", "password": "wrong", "next": going_on}, follow=False)
    assert name_field(emptied) == ""
    browser.open(going_on)
    browser.sign_in("alice")
    assert "code" in parameters_of(browser.answer())


def test_a_hint_is_for_the_browser_of_its_request_alone(client_app: Registered, browser: Browser) -> None:
    browser.authorize(client_app, login_hint="alice")
    stranger = Browser().open(LOGIN, next=browser.query["next"])
    assert is_refusal(stranger)
    assert "alice" not in stranger.content.decode()


@pytest.mark.parametrize(
    "following",
    [
        *("/", "/oauth2/authorize", "/oauth2/authorize?interaction=x", "/oauth2/authorize?interaction=%00"),
        *("//[", "//[evil", "http://[::1", "\x00", "x" * 100_000),
    ],
)
def test_with_a_next_that_is_no_request_the_page_is_as_ever(db: None, browser: Browser, following: str) -> None:
    page = browser.http.get(LOGIN, {"next": following})
    assert (page.status_code, name_field(page)) == (200, "")
    refused = browser.send(LOGIN, {"next": following, "login": "nobody", "password": "wrong"}, follow=False)
    assert (refused.status_code, name_field(refused)) == (422, "nobody")


def language(page: Any) -> str:
    match = re.search(r'<html lang="([^"]+)"', page.content.decode())
    assert match is not None
    assert page.headers["Content-Language"] == match[1]
    return match[1]


def test_every_page_of_a_request_speaks_the_first_language_of_ui_locales_that_we_have(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    asked = {"ui_locales": "fr de-CH en", "prompt": "select_account login consent"}
    assert language(browser.open("/")) == "en"
    assert language(browser.authorize(client_app, **asked)) == "de"
    refused = browser.send(LOGIN, {"login": "alice", "password": "wrong", "next": browser.query["next"]}, follow=False)
    assert language(refused) == "de"
    consent = browser.sign_in()
    assert language(consent) == "de"
    parameters_of(browser.answer())
    assert language(browser.open("/")) == "en"
    assert language(browser.authorize(client_app, **asked)) == "de"
    chosen = browser.send("/oauth2/select_account", {"interaction": browser.interaction, "answer": "continue"})
    assert (browser.path, language(chosen)) == (REAUTHENTICATE, "de")
    assert language(browser.reauthenticate()) == "de"
    assert language(browser.answer("perhaps", follow=False)) == "de"
    parameters_of(browser.answer())
    assert language(browser.authorize(client_app, response_mode="form_post", ui_locales="de")) == "de"


@pytest.mark.parametrize("language_of_the_browser", ["ar", "de-DE,de;q=0.9", "he"])
def test_a_page_says_of_its_language_what_is_true(db: None, browser: Browser, language_of_the_browser: str) -> None:
    """WCAG 3.1.1: the libraries' words are in more languages than ours."""
    page = browser.http.get("/", headers={"Accept-Language": language_of_the_browser})
    assert language(page) in {code for code, _ in settings.LANGUAGES}


def test_the_language_of_a_page_ends_with_it(db: None, browser: Browser) -> None:
    """The next request in this thread may be a program's."""
    assert language(browser.http.get("/", headers={"Accept-Language": "ar"})) == "ar"
    assert get_language() == "en"


@pytest.mark.parametrize("asked", ["fr", "../../etc", "x" * 5000, "de_CH", "\x01"])
def test_a_language_that_we_do_not_have_is_no_error(client_app: Registered, browser: Browser, asked: str) -> None:
    assert language(browser.authorize(client_app, ui_locales=asked)) == "en"


def test_an_error_page_speaks_it_too(client_app: Registered, browser: Browser) -> None:
    page = browser.authorize(client_app, ui_locales="de", redirect_uri="https://evil.example/")
    assert is_refusal(page)
    assert language(page) == "de"


def _without_what_is_random(page: Any, also: str) -> str:
    text: str = page.content.decode()
    text = re.sub(r'((?:name="(?:csrfmiddlewaretoken|next)" value|data-options)=)"[^"]*"', r"\1", text)
    return re.sub(r'(name="login"[^>]*?)' + re.escape(also), r"\1", text) if also else text
