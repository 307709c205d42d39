"""A sign-in on its way, a sign-up, an invitation and a reset have pages of their own, and what names one is good on no
page of another."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import LoginSession, User
from accounts.sign_in import invitations
from tests.accounts import signing_up
from tests.accounts.authenticator import add_app, first_step
from tests.accounts.signing_up import INVITED, offered
from tests.accounts.way_back import NEW, ask, knows, mailed, offered_mail, person

__all__ = ["offered_mail", "person"]

PAGES = {"sign-in": "second-step/", "sign-up": "sign-up/new/", "reset": "password/reset/new/"}
"""Which page each goes on at. That of a sign-in is one of a reset, too."""


def _of(browser: Client, path: str, **form: str) -> str:
    return parse_qs(urlsplit(browser.post(path, form)["Location"]).query)["sign_in"][0]


def _handle(browser: Client, of: str) -> str:
    if of == "sign-in":
        return parse_qs(urlsplit(first_step(browser)).query)["sign_in"][0]
    if of == "reset":
        return _of(browser, ask(browser), code=mailed())
    if of == "sign-up":
        return _of(browser, signing_up.begin(browser), code=mailed("sign_up"))
    link = urlsplit(invitations.make("invited@example.net"))
    return _of(browser, INVITED, invitation=parse_qs(link.query)["invitation"][0])


@pytest.mark.covers("S60 stages")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("of", [*PAGES, "invitation"])
def test_what_names_one_is_good_on_no_page_of_another(person: User, settings: Settings, of: str, page: str) -> None:
    settings.ACCOUNTS = offered("open")
    app, browser = add_app(person), Client()
    handle = _handle(browser, of)
    if page in ({"invitation": "sign-up"}.get(of, of), "sign-in" if of == "reset" else ""):
        assert browser.get(f"/accounts/{PAGES[page]}", {"sign_in": handle}).status_code in (200, 303)
        return
    for form in ({"code": app.code()}, {"password": NEW}, {"code": app.recovery_codes[0], "password": NEW}):
        assert browser.post(f"/accounts/{PAGES[page]}", {"sign_in": handle, **form}).status_code == 410
    assert (knows(NEW), User.objects.count(), LoginSession.objects.count()) == (False, 1, 0)


@pytest.mark.parametrize("typed", ["totp", "recovery_code"])
def test_a_code_that_a_reset_took_is_none_for_the_sign_in_beside_it(person: User, typed: str) -> None:
    app, browser = add_app(person), Client()
    beside, reset = _handle(browser, "sign-in"), _handle(browser, "reset")
    code = app.code() if typed == "totp" else app.recovery_codes[0]
    page = f"/accounts/{PAGES['sign-in']}"
    assert "/password/reset/new/" in browser.post(page, {"sign_in": reset, "code": code})["Location"]
    assert browser.post(page, {"sign_in": beside, "code": code}).status_code == 422
    assert not LoginSession.objects.exists()
