"""A sign-in that is void by its id though it lives here, as where what ended it was taken back, or was elsewhere."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import LoginSession, User
from tests.support.browser import LOGIN, Browser, parameters_of
from tests.support.messages import CONSENT, Registered
from tokens.protocol import journal
from tokens.stores import store


def void(login: LoginSession) -> None:
    store().journal.revoke(journal.session(login.sid), datetime.now(UTC) + timedelta(days=1))


@pytest.mark.usefixtures("alice")
def test_another_takes_its_place_and_the_request_goes_on(client_app: Registered, browser: Browser) -> None:
    browser.walk(client_app)
    before = LoginSession.objects.get()
    void(before)
    browser.authorize(client_app, state="void")
    assert browser.path == LOGIN
    before.refresh_from_db()
    assert before.ended_at is not None
    page = browser.sign_in()
    told = parameters_of(browser.answer() if browser.path == CONSENT else page)
    assert (told["state"], "code" in told) == ("void", True)
    assert LoginSession.objects.exclude(sid=before.sid).get().ended_at is None


def test_what_is_void_up_to_an_instant_is_renewed_in_its_place(
    alice: User, client_app: Registered, browser: Browser
) -> None:
    browser.walk(client_app)
    store().journal.revoke_until_now(journal.subject(str(alice.pk)), datetime.now(UTC) + timedelta(days=1))
    browser.authorize(client_app)
    assert browser.path != LOGIN
    assert "code" in parameters_of(browser.reauthenticate())
    assert LoginSession.objects.get().ended_at is None


@pytest.mark.usefixtures("alice")
def test_without_pages_it_is_login_required(client_app: Registered, browser: Browser) -> None:
    browser.walk(client_app)
    void(LoginSession.objects.get())
    assert parameters_of(browser.authorize(client_app, prompt="none"))["error"] == "login_required"
