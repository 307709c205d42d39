"""An authorization request that a client's page posts: it comes without our cookies, and takes nobody's away."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from accounts.models import LoginSession, User
from tests.support.browser import LOGIN, REAUTHENTICATE, Browser, is_refusal, parameters_of
from tests.support.held import held, only
from tests.support.messages import AUTHORIZE, CONSENT, FORM_TYPE, Registered, authorization_request
from tokens.interaction.interactions import COOKIE
from tokens.protocol import records


def post_from_another_site(browser: Browser, form: dict[str, str]) -> Any:
    """As the browser sends it: no SameSite=Lax cookie goes along, and what the answer sets is kept."""
    own, browser.http.cookies = browser.http.cookies, type(browser.http.cookies)()
    answer = browser.http.post(AUTHORIZE, urlencode(form), content_type=FORM_TYPE)
    own.update(browser.http.cookies)
    browser.http.cookies = own
    return answer


@pytest.mark.covers("S6")
def test_it_sets_no_cookie_and_breaks_no_sign_in_of_another_tab(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.authorize(client_app, state="first tab")
    first = browser.place
    answer = post_from_another_site(browser, authorization_request(client_app, state="second tab"))
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (303, False)
    second = answer.headers["Location"]
    browser.open(second)
    assert browser.path == LOGIN
    browser.place = first
    browser.sign_in()
    assert parameters_of(browser.answer())["state"] == "first tab"
    assert parameters_of(browser.open(second))["state"] == "second tab"


@pytest.mark.parametrize("prompt", [None, "none", "consent", "select_account", "login"])
def test_a_browser_without_any_cookie_of_ours_can_go_on(
    alice: User, client_app: Registered, browser: Browser, prompt: str | None
) -> None:
    answer = post_from_another_site(browser, authorization_request(client_app, prompt=prompt))
    page = browser.open(answer.headers["Location"])
    if prompt == "none":
        assert parameters_of(page)["error"] == "login_required"
        return
    assert browser.path == LOGIN
    browser.sign_in()
    assert browser.path == CONSENT
    assert "code" in parameters_of(browser.answer())


@pytest.mark.covers("S16 login")
def test_who_was_signed_in_before_opening_it_did_not_sign_in_for_it(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    """Also where they signed in after it was posted."""
    answer = post_from_another_site(browser, authorization_request(client_app, prompt="login"))
    browser.sign_in()
    browser.open(answer.headers["Location"])
    assert browser.path == REAUTHENTICATE
    browser.reauthenticate()
    assert browser.path == CONSENT
    assert "code" in parameters_of(browser.answer())


@pytest.mark.covers("S16 login", "S17")
def test_who_has_to_sign_in_again_cannot_be_replaced_by_somebody_else(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    browser.sign_in("alice")
    link = post_from_another_site(browser, authorization_request(client_app, prompt="login")).headers["Location"]
    browser.open(link)
    assert browser.path == REAUTHENTICATE
    browser.sign_out()
    browser.open(link)
    assert parameters_of(browser.sign_in("bob"))["error"] == "login_required"


@pytest.mark.covers("CVE-2026-7507", "CVE-2022-39222")
def test_whoever_opens_it_first_goes_on_and_nobody_else_sees_it(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    """What an attacker posted and sends on is no more than a link that they could have written."""
    victim, attacker = browser, Browser()
    link = post_from_another_site(attacker, authorization_request(client_app)).headers["Location"]
    waiting = only(records.Interaction)
    assert (waiting.browser, waiting.steps) == ("unbound", frozenset())
    victim.open(link)
    assert is_refusal(attacker.open(link))
    attacker.sign_in("bob")
    assert is_refusal(attacker.open(link))
    victim.open(link)
    victim.sign_in("alice")
    assert "code" in parameters_of(victim.answer())


@pytest.mark.covers("CVE-2026-7507")
def test_an_attacker_who_opens_it_first_has_it_alone(
    alice: User, bob: User, client_app: Registered, browser: Browser
) -> None:
    attacker = Browser()
    link = post_from_another_site(attacker, authorization_request(client_app)).headers["Location"]
    attacker.open(link)
    attacker.sign_in("bob")
    browser.sign_in("alice")
    assert is_refusal(browser.open(link))
    assert "code" in parameters_of(attacker.answer())
    assert LoginSession.objects.get(user=alice).ended_at is None


@pytest.mark.covers("CVE-2026-7507", "CVE-2022-39222")
@pytest.mark.parametrize("page", [CONSENT, "/oauth2/select_account", LOGIN])
def test_no_page_but_the_endpoint_opens_it(alice: User, client_app: Registered, browser: Browser, page: str) -> None:
    browser.sign_in()
    link = post_from_another_site(browser, authorization_request(client_app)).headers["Location"]
    identifier = parse_qs(urlsplit(link).query)["interaction"][0]
    answer = browser.http.get(page, {"interaction": identifier, "next": link})
    assert answer.status_code == (302 if page == LOGIN else 400)
    again = browser.http.post(AUTHORIZE, f"interaction={identifier}", content_type=FORM_TYPE)
    assert (again.status_code, COOKIE in again.cookies) == (400, False)
    assert only(records.Interaction).browser == "unbound"


def test_two_that_open_it_at_once_without_a_cookie_are_two_browsers(alice: User, client_app: Registered) -> None:
    link = post_from_another_site(Browser(), authorization_request(client_app)).headers["Location"]
    answers = [Client().get(link) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 400]
    assert [COOKIE in answer.cookies for answer in answers] == [True, False]


@pytest.mark.parametrize("error", [{"scope": "admin"}, {"response_type": "token"}, {"code_challenge": None}])
def test_what_is_wrong_with_it_is_told_at_once(
    client_app: Registered, browser: Browser, error: dict[str, str | None]
) -> None:
    answer = post_from_another_site(browser, authorization_request(client_app, **error))
    assert parameters_of(answer).keys() == {"error", "error_description", "error_uri", "state", "iss"}
    assert not held(records.Interaction)
