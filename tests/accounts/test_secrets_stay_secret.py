"""What a person types and what their browser holds: neither is in a line of the log nor, as it is, in the database."""

import logging

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.sign_in import reset_links
from tests.accounts.signed_in import SignIn
from tests.support.people import PASSWORD

LOGIN, REAUTHENTICATE, CHANGE = "/accounts/login/", "/accounts/reauthenticate/", "/accounts/password/change/"
NEW_PASSWORD, WRONG, WEAK = "a new and quite long passphrase", "a password that is wrong", "password-password1"


def everything_kept() -> str:
    """All that the tables say."""
    models = (model for app in apps.get_app_configs() for model in app.get_models() if model._meta.managed)
    return repr([list(model._default_manager.values()) for model in models])


def go_through(person: User, browser: Client) -> list[str]:
    """Every place that asks for a password, with a wrong one, a weak one and a good one. What was typed and held."""
    held = {cookie.value for cookie in browser.cookies.values()}
    stranger = Client(raise_request_exception=False)
    for login in ("alice", "nobody", WRONG):
        stranger.post(LOGIN, {"login": login, "password": WRONG})
    for password in (WRONG, PASSWORD):
        browser.post(REAUTHENTICATE, {"password": password})
    for old, new in ((WRONG, NEW_PASSWORD), (PASSWORD, WEAK), (PASSWORD, NEW_PASSWORD)):
        browser.post(CHANGE, {"current_password": old, "new_password": new})
    person.refresh_from_db()
    link = reset_links.make(person, timezone.now()).partition("link=")[2]
    for password in (WEAK, PASSWORD):
        stranger.post("/accounts/password/new/", {"link": link, "password": password})
    held |= {cookie.value for each in (browser, stranger) for cookie in each.cookies.values()}
    return [text for text in (PASSWORD, NEW_PASSWORD, WRONG, WEAK, link, *held) if text]


@pytest.mark.covers("S77 people")
def test_no_line_tells_of_a_password_or_a_cookie(
    person: User, sign_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    secrets = go_through(person, sign_in())
    lines = [logging.Formatter().format(record) + repr(record.args) for record in caplog.records]
    assert lines
    assert [secret for secret in secrets if any(secret in line for line in lines)] == []


@pytest.mark.covers("S38 passwords", "S38 sessions", "S38 links")
def test_no_table_keeps_a_password_a_cookie_or_a_link_as_it_is(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    secrets = go_through(person, browser)
    secrets += [cookie.value for cookie in sign_in().cookies.values()]
    kept = everything_kept()
    assert person.username in kept
    assert [secret for secret in secrets if secret in kept] == []
