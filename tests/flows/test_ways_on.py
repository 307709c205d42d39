"""The nine interruptions of a sign-in: each ends at the application, or on a page with a control that leads there and
blames nobody."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import User
from accounts.site import error_pages
from tests.support.browser import LOGIN, REAUTHENTICATE, Browser, exchange, is_refusal, parameters_of, userinfo
from tests.support.builders import change_clients
from tests.support.held import let_end
from tests.support.messages import CONSENT, REDIRECT_URI, Registered
from tests.support.people import PASSWORD
from tokens.interaction.interactions import COOKIE
from tokens.protocol import records

OURS = {"Origin": "http://testserver"}
HOME_OF_THE_APPLICATION = REDIRECT_URI[: REDIRECT_URI.index("/", len("https://")) + 1]
SELECT = "/oauth2/select_account"


def main_of(page: Any) -> str:
    found = re.search(r"<main.*</main>", page.content.decode(), re.DOTALL)
    assert found is not None
    return found[0]


def links(page: Any) -> list[str]:
    """Where the buttons of the page lead that are links."""
    return [unescape(found) for found in re.findall(r'<a class="button[^"]*" href="([^"]*)"', main_of(page))]


def blames_nobody(page: Any) -> bool:
    return not re.search(r"mistake|made a request that|must accept|has to mend", main_of(page))


def leads_back(page: Any) -> bool:
    """The one way on is to the application."""
    back = is_refusal(page) and links(page) == [HOME_OF_THE_APPLICATION] and "Relying party" in main_of(page)
    return back and blames_nobody(page)


def second_tab(browser: Browser, client: Registered) -> Any:
    """The sign-in page stands in two tabs; the second one's form is from before the first one's sign-in."""
    browser.authorize(client)
    token = browser.http.cookies[settings.CSRF_COOKIE_NAME].value
    browser.sign_in()
    browser.answer()
    browser.authorize(client, state="second", prompt="select_account")
    form = {"login": "alice", "password": PASSWORD, "next": f"{SELECT}?interaction={browser.interaction}"}
    refused = browser.http.post(LOGIN, {**form, "csrfmiddlewaretoken": token}, headers=OURS)
    assert (refused.status_code, blames_nobody(refused)) == (403, True)
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', refused.content.decode())
    again = browser.http.post(LOGIN, {unescape(name): unescape(value) for name, value in found}, headers=OURS)
    return browser.open(again.headers["Location"])


def test_a_form_from_before_the_sign_in_of_another_tab_leads_on_by_one_button(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    page = second_tab(browser, client_app)
    assert (page.status_code, browser.path) == (200, SELECT)


def test_a_form_of_which_nobody_says_where_it_is_from_leads_back_to_its_page(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app)
    form = {"login": "alice", "password": PASSWORD, "next": browser.query["next"]}
    browser.http.cookies.pop(settings.CSRF_COOKIE_NAME)
    refused = browser.http.post(LOGIN, form)
    (again,) = links(refused)
    browser.open(again)
    browser.sign_in()
    assert "code" in parameters_of(browser.answer())


Interrupt = Callable[[Browser, Registered], Any]


def _expired_before_the_password(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    let_end(records.Interaction, datetime.now(UTC))
    return browser.open(browser.place)


def _expired_before_a_wrong_password(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    let_end(records.Interaction, datetime.now(UTC))
    return browser.sign_in(password="wrong")


def _expired_before_the_password_is_sent(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    let_end(records.Interaction, datetime.now(UTC))
    return browser.sign_in()


def _expired_after_the_password(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    browser.sign_in()
    let_end(records.Interaction, datetime.now(UTC))
    return browser.http.post(f"{browser.place}", _yes(browser))


def _expired_before_the_password_again(browser: Browser, client: Registered) -> Any:
    browser.sign_in()
    browser.authorize(client, prompt="login")
    let_end(records.Interaction, datetime.now(UTC))
    return browser.open(browser.place)


def _back_after_consent(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    browser.sign_in()
    consent = browser.place
    browser.answer()
    return browser.open(consent)


def _yes_after_consent(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    browser.sign_in()
    consent, form = browser.place, _yes(browser)
    browser.answer()
    return browser.http.post(consent, form)


def _bookmarked_sign_in_page(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    bookmark = browser.place
    browser.sign_in()
    browser.answer()
    browser.sign_out()
    return browser.open(bookmark)


def _bookmarked_sign_in_page_of_somebody_signed_in(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    bookmark = browser.place
    browser.sign_in()
    browser.answer()
    return browser.open(bookmark)


def _lost_cookie_on_the_sign_in_page(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    browser.http.cookies.pop(COOKIE)
    return browser.open(browser.place)


def _lost_cookie_on_the_consent_page(browser: Browser, client: Registered) -> Any:
    browser.authorize(client)
    browser.sign_in()
    browser.http.cookies.pop(COOKIE)
    return browser.open(browser.place)


def _yes(browser: Browser) -> Mapping[str, str]:
    token = browser.http.cookies[settings.CSRF_COOKIE_NAME].value
    return {"interaction": browser.interaction, "answer": "allow", "csrfmiddlewaretoken": token}


INTERRUPTIONS: Mapping[str, Interrupt] = {
    name.removeprefix("_"): value for name, value in list(globals().items()) if re.match(r"_[a-z]+_[a-z_]+$", name)
}


@pytest.mark.parametrize("name", INTERRUPTIONS)
def test_a_request_that_is_gone_leads_back_to_the_application(
    alice: User, client_app: Registered, browser: Browser, name: str
) -> None:
    assert leads_back(INTERRUPTIONS[name](browser, client_app))


def test_the_home_page_that_a_client_names_is_where_it_leads_back_to(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    change_clients(client_uri="https://rp.example/start")
    assert links(_back_after_consent(browser, client_app)) == ["https://rp.example/start"]


@pytest.mark.parametrize("client_id", ["", "x", "%00", "x" * 5000, "disabled"])
def test_no_client_that_may_be_used_is_led_to_nowhere_but_home(
    client_app: Registered, browser: Browser, client_id: str
) -> None:
    named = client_id
    if client_id == "disabled":
        change_clients(enabled=False)
        named = client_app.client_id
    page = browser.http.get(f"/oauth2/consent?interaction=x&client_id={named}")
    assert (is_refusal(page), links(page)) == (True, ["/"])


@pytest.mark.parametrize("prompt", ["login", "consent"])
def test_not_you_keeps_the_request(
    alice: User, bob: User, client_app: Registered, browser: Browser, prompt: str
) -> None:
    browser.sign_in("alice")
    page = browser.authorize(client_app, prompt=prompt)
    assert browser.path == (REAUTHENTICATE if prompt == "login" else CONSENT)
    link = re.search(r'<a href="([^"]*)">Not you\?</a>', page.content.decode())
    assert link is not None
    browser.open(unescape(link[1]))
    assert browser.path == SELECT
    browser.send(SELECT, {"interaction": browser.interaction, "answer": "another"})
    assert browser.path == LOGIN
    browser.sign_in("bob")
    token = exchange(client_app, parameters_of(browser.answer())["code"]).json()["access_token"]
    assert userinfo(token).json()["preferred_username"] == "bob"


def test_an_account_that_is_switched_off_leads_on_with_another_one(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    browser.authorize(client_app)
    page = browser.sign_in("alice")
    (another,) = links(page)
    assert (browser.path, blames_nobody(page)) == ("/accounts/inactive/", True)
    browser.open(another)
    browser.sign_in("bob")
    assert "code" in parameters_of(browser.answer())


def test_who_is_throttled_keeps_the_request_and_their_name(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app)
    place = browser.place
    for _ in range(30):
        browser.place = place
        page = browser.sign_in("alice", "wrong")
    assert (page.status_code, 'value="alice"' in page.content.decode()) == (429, True)
    following = re.search(r'name="next" value="([^"]*)"', page.content.decode())
    assert following is not None
    browser.open(unescape(following[1]))
    assert browser.path == LOGIN


@pytest.mark.parametrize("page", ["/accounts/password/change/", REAUTHENTICATE])
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_has_no_password_is_told_so(alice: User, browser: Browser, page: str, method: str) -> None:
    browser.sign_in()
    alice.set_unusable_password()
    User.objects.filter(pk=alice.pk).update(password=alice.password)
    answer = browser.open(page) if method == "get" else browser.send(page, {"password": "x"})
    assert (answer.status_code, links(answer)) == (409, ["/"])
    assert "has no password" in main_of(answer)


def test_who_has_no_password_and_is_to_enter_it_goes_on_with_another_account(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    browser.sign_in()
    alice.set_unusable_password()
    User.objects.filter(pk=alice.pk).update(password=alice.password)
    (chooser,) = links(browser.authorize(client_app, prompt="login"))
    browser.open(chooser)
    browser.send(SELECT, {"interaction": browser.interaction, "answer": "another"})
    browser.sign_in("bob")
    assert "code" in parameters_of(browser.answer())


def test_a_403_leads_on_with_another_account(alice: User, browser: Browser) -> None:
    browser.sign_in()
    page = error_pages.permission_denied(_request(alice))
    assert (page.status_code, links(page)[0]) == (403, "/accounts/logout/?next=/somewhere")
    assert blames_nobody(page)
    page = error_pages.permission_denied(_request(AnonymousUser()))
    assert (links(page)[0], "You are signed in" in main_of(page)) == ("/accounts/login/?next=/somewhere", False)


def _request(user: User | AnonymousUser) -> HttpRequest:
    request = RequestFactory().get("/somewhere")
    request.user = user
    return request
