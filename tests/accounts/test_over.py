"""A page that was open while its sign-in ended elsewhere: it says so, once, and leads on to what it was for."""

from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from accounts.models import LoginSession
from idp.node import failures
from tests.accounts.signed_in import SignIn, who
from tests.support.people import PASSWORD

HOME, LOGIN, LOGOUT = "/", "/accounts/login/", "/accounts/logout/"
REAUTHENTICATE, CHANGE = "/accounts/reauthenticate/", "/accounts/password/change/"
SAID = "Your sign-in in this browser is over"
NEXT = "/?going=on&there=1"


@pytest.fixture
def left(sign_in: SignIn) -> Client:
    """A browser whose sign-in was ended elsewhere."""
    browser = sign_in()
    LoginSession.objects.update(ended_at="2026-01-01T00:00Z")
    return browser


def test_the_start_page_says_it_once(left: Client) -> None:
    assert [SAID in left.get(HOME).content.decode() for _ in range(2)] == [True, False]


@pytest.mark.parametrize("browser", ["of nobody", "after its own sign-out", "signed in"])
def test_nobody_else_is_told_so(sign_in: SignIn, browser: str) -> None:
    client = Client() if browser == "of nobody" else sign_in()
    if browser == "after its own sign-out":
        client.post(LOGOUT)
    assert SAID not in client.get(HOME).content.decode()
    led = client.get(CHANGE)
    assert SAID not in (client.get(led["Location"]) if led.status_code == 302 else led).content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("page", "following"), [(CHANGE, CHANGE), (REAUTHENTICATE, HOME)])
@pytest.mark.parametrize("named", [True, False])
def test_what_asks_who_is_there_leads_to_the_sign_in_and_on_from_there_by_one_password(
    left: Client, page: str, method: str, following: str, named: bool
) -> None:
    query = f"?{urlencode({'next': NEXT})}" if named else ""
    typed = {"current_password": PASSWORD, "new_password": "a new and longer one", "password": PASSWORD}
    led = left.get(page + query) if method == "get" else left.post(page + query, typed)
    following = NEXT if named and page == REAUTHENTICATE else following
    assert (led.status_code, led["Location"]) == (
        {"get": 302, "post": 303}[method],
        f"{LOGIN}?{urlencode({'next': following, 'over': '1'})}",
    )
    shown = left.get(led["Location"])
    assert (shown.status_code, SAID in shown.content.decode()) == (200, True)
    done = left.post(LOGIN, {"login": "alice", "password": PASSWORD, "next": following})
    assert (done["Location"], who(left)) == (following, "alice")


def test_what_is_no_session_of_ours_is_one_that_is_over(db: None) -> None:
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = "x"
    assert SAID in browser.get(HOME).content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("answer", [failures.unavailable, failures.server_error])
def test_a_page_that_could_not_be_made_is_opened_again_by_its_own_address(method: str, answer: object) -> None:
    """A form says more than its address: it is kept, or the browser has it. No page repeats what an address holds."""
    assert callable(answer)
    page = answer(getattr(RequestFactory(), method)(f"{LOGIN}?link=secret")).content.decode()
    assert ('href="">Open the page again' in page) == (method == "get")
    assert ("<a class" in page, "secret" in page) == (True, False)
