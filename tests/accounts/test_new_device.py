"""Who signs in where they never did before is told by mail, by whatever they signed in; nobody else is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.mail.message import message_of
from accounts.models import LoginSession, Mail, User
from tests.accounts.authenticator import Hands, add_app, first_step, hold
from tests.accounts.passkeys import enrolled
from tests.accounts.signed_in import who
from tests.accounts.test_authenticator import PAGE, added
from tests.accounts.test_by_passkey import used
from tests.accounts.way_back import offered_mail, person
from tests.support.people import PASSWORD

__all__ = ["offered_mail", "person"]

LOGIN = "/accounts/login/"


def by_password(browser: Client, _: User) -> None:
    browser.post(LOGIN, {"login": "alice", "password": PASSWORD})


def by_passkey(browser: Client, user: User) -> None:
    used(browser, enrolled(user)[0])


def by_app(browser: Client, user: User) -> None:
    app = add_app(user)
    browser.post(first_step(browser), {"code": app.code()})


@pytest.fixture(autouse=True)
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return hold(monkeypatch)


@pytest.fixture
def again(person: User) -> User:
    """Who signed in before, somewhere."""
    by_password(Client(), person)
    LoginSession.objects.all().delete()
    assert not Mail.objects.exists()
    return User.objects.get()


@pytest.mark.parametrize("sign_in", [by_password, by_passkey, by_app])
def test_a_new_device_is_told_once_and_a_known_one_never(again: User, sign_in: Callable[[Client, User], Any]) -> None:
    browser = Client(REMOTE_ADDR="198.51.100.7")
    sign_in(browser, again)
    assert who(browser) == "alice"
    [row] = Mail.objects.filter(kind="new_device")
    message = message_of(row)
    assert message["To"].casefold() == again.email.casefold()
    text = str(message.get_body(("plain",)))
    assert "alice" in text
    assert "198.51.100.7" in text
    browser.post("/accounts/logout/")
    by_password(browser, again)
    assert Mail.objects.filter(kind="new_device").count() == 1


@pytest.mark.parametrize("then_removed", [False, True])
def test_a_browser_in_which_the_factors_changed_is_known_as_before(
    again: User, hands: Hands, then_removed: bool
) -> None:
    browser = Client()
    by_password(browser, again)
    Mail.objects.all().delete()
    app = added(browser)
    if then_removed:
        hands.move(timedelta(minutes=1))
        assert browser.post(PAGE, {"code": app.code()}).status_code == 303
    browser.post("/accounts/logout/")
    hands.move(timedelta(minutes=1))
    if then_removed:
        by_password(browser, again)
    else:
        browser.post(first_step(browser), {"code": app.code()})
    assert who(browser) == "alice"
    assert not Mail.objects.filter(kind="new_device").exists()


def test_the_first_sign_in_of_all_is_nothing_new(person: User) -> None:
    by_password(Client(), person)
    assert not Mail.objects.exists()


@pytest.mark.parametrize("change", [{"email_verified": False}, {"email": "", "email_verified": False}])
def test_who_has_no_address_that_is_theirs_is_not_told(again: User, change: dict[str, Any]) -> None:
    User.objects.update(**change)
    by_password(Client(), again)
    assert not Mail.objects.exists()


def test_a_wrong_password_or_half_a_sign_in_tells_nobody(again: User) -> None:
    Client().post(LOGIN, {"login": "alice", "password": "not the password"})
    browser, app = Client(), add_app(again)
    where = first_step(browser)
    assert browser.post(where, {"code": "000000"}).status_code == 422
    assert Client().post(where, {"code": app.code()}).status_code == 410
    assert not Mail.objects.filter(kind="new_device").exists()


def test_the_mail_and_the_sign_in_come_to_be_together(again: User, monkeypatch: pytest.MonkeyPatch) -> None:
    write = sessions.write

    def fails(*args: Any, **more: Any) -> None:
        write(*args, **more)
        raise DatabaseError

    monkeypatch.setattr(sessions, "write", fails)
    by_password(Client(raise_request_exception=False), again)
    assert not Mail.objects.exists()
    assert not LoginSession.objects.exists()


def test_where_no_mail_is_offered_a_sign_in_costs_what_it_did(again: User, settings: Settings) -> None:
    counts = []
    for offered in (True, False):
        if not offered:
            settings.MAIL = type(settings.MAIL)()
        with CaptureQueriesContext(connection) as statements:
            by_password(Client(), again)
        counts.append(len(statements))
    assert counts[0] - counts[1] == 3, "the row of the mail, and the transaction around both"
