"""prompt=create (Initiating User Registration via OpenID Connect 1.0): somebody makes an account for the request that
waits, where anybody may."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import pytest
from django.conf import settings as configured
from pytest_django.fixtures import Settings

from accounts.conf import Mail
from accounts.models import User
from tests.accounts.way_back import NEW, mailed
from tests.support.browser import LOGIN, REAUTHENTICATE, Browser, exchange, parameters_of, userinfo
from tests.support.messages import CONSENT, Registered

SIGN_UP, ADDRESS = "/accounts/sign-up/", "zoe@example.net"
DISCOVERY = "/.well-known/openid-configuration"


def _is(settings: Settings, sign_up: Literal["closed", "invited", "open"]) -> None:
    settings.ACCOUNTS = replace(configured.ACCOUNTS, sign_up=sign_up)


@pytest.fixture(autouse=True)
def _open(settings: Settings, tmp_path: Path) -> None:
    settings.MAIL = Mail(folder=tmp_path)
    _is(settings, "open")


def make_account(browser: Browser) -> None:
    """On the page of the sign-up that is shown."""
    browser.send(SIGN_UP, {"address": ADDRESS, "next": browser.query["next"]})
    browser.send(browser.place, {"code": mailed("sign_up")})
    browser.send(browser.place, {"password": NEW, "sign_in": browser.query["sign_in"]})


def refused(response: Any) -> str:
    """What the client is told of an invalid request."""
    told = parameters_of(response)
    assert told["error"] == "invalid_request"
    return told["error_description"]


def whose(client: Registered, browser: Browser) -> str:
    """Consents, and asks as the client who it is."""
    assert browser.path == CONSENT
    token = exchange(client, parameters_of(browser.answer())["code"]).json()["access_token"]
    name: str = userinfo(token).json()["preferred_username"]
    return name


@pytest.mark.parametrize("signed_in", [False, True])
def test_who_makes_an_account_is_who_the_client_gets(
    alice: User, client_app: Registered, browser: Browser, signed_in: bool
) -> None:
    if signed_in:
        browser.sign_in()
    page = browser.authorize(client_app, prompt="create", login_hint=ADDRESS).content.decode()
    assert browser.path == SIGN_UP
    assert "to continue to <strong><bdi>Relying party</bdi></strong>" in page
    assert f'value="{ADDRESS}"' in page
    assert ("takes its place" in page) is signed_in
    make_account(browser)
    assert whose(client_app, browser) == ADDRESS


@pytest.mark.parametrize("signed_in", [False, True])
def test_who_has_an_account_after_all_signs_in_for_it(
    alice: User, client_app: Registered, browser: Browser, signed_in: bool
) -> None:
    if signed_in:
        browser.sign_in()
    browser.authorize(client_app, prompt="create")
    following = browser.query["next"]
    browser.open(following)
    assert browser.path == SIGN_UP, "to come back is not enough"
    page = browser.open(f"{REAUTHENTICATE if signed_in else LOGIN}?{urlencode({'next': following})}")
    assert page.status_code == 200
    if signed_in:
        browser.reauthenticate()
    else:
        browser.sign_in()
    assert whose(client_app, browser) == "alice"


def test_who_is_signed_in_and_has_an_account_says_in_the_chooser_that_they_go_on_with_it(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.sign_in()
    page = browser.authorize(client_app, prompt="create").content.decode()
    [link] = re.findall(r'<a href="([^"]+)">I have an account', page)
    page = browser.open(unescape(link)).content.decode()
    assert "Continue as" in page
    browser.send(browser.place, {"answer": "continue", "interaction": browser.interaction})
    assert whose(client_app, browser) == "alice"


def test_the_sign_in_page_has_the_name_that_the_client_expects_still(client_app: Registered, browser: Browser) -> None:
    page = browser.authorize(client_app, login_hint="bob").content.decode()
    assert browser.path == LOGIN
    assert "Create an account" in page
    assert 'value="bob"' in page


@pytest.mark.parametrize("beside", ["login", "consent", "select_account", "none"])
def test_it_stands_beside_no_other(client_app: Registered, browser: Browser, beside: str) -> None:
    for prompt in (f"create {beside}", f"{beside} create"):
        assert "cannot be combined" in refused(browser.authorize(client_app, prompt=prompt))


@pytest.mark.parametrize("sign_up", ["closed", "invited"])
def test_where_not_anybody_may_it_is_a_value_like_any_that_there_is_not(
    settings: Settings, client_app: Registered, browser: Browser, sign_up: Literal["closed", "invited"]
) -> None:
    assert "create" in browser.http.get(DISCOVERY).json()["prompt_values_supported"]
    browser.authorize(client_app, prompt="create")
    waiting = browser.query["next"]
    _is(settings, sign_up)
    assert "create" not in browser.http.get(DISCOVERY).json()["prompt_values_supported"]
    assert "prompt is create" in refused(browser.authorize(client_app, prompt="create"))
    assert "prompt is create" in refused(browser.open(waiting)), "one that waits, too"
