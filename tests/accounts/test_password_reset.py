"""A person gets back in by a code that is mailed to them, at the application, and nobody else does."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings as django
from django.contrib.auth.hashers import make_password
from django.db import connections
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.conf import Mail
from accounts.ground import clock
from accounts.models import LoginSession, MailedCode, UnfinishedSignIn, User
from accounts.models import Mail as Row
from accounts.sign_in import password_reset, unfinished
from tests.accounts.authenticator import add_app
from tests.accounts.changed import changed
from tests.accounts.signed_in import SignIn, who
from tests.accounts.test_unfinished import BROWSER, request_of, seen
from tests.accounts.way_back import (
    NEW,
    ON,
    RESET,
    ask,
    browsers,
    choose,
    knows,
    mailed,
    offered_mail,
    person,
    proven,
)
from tests.support.people import PASSWORD

__all__ = ["browsers", "offered_mail", "person"]


@pytest.mark.covers("S60 stages")
def test_who_forgot_the_password_is_back_at_what_waited_in_three_pages(
    person: User, sign_in: SignIn, browsers: Iterator[Client]
) -> None:
    elsewhere, browser = sign_in(), next(browsers)
    page = proven(browser, ON)
    assert knows(PASSWORD), "until another one is chosen"
    assert who(elsewhere) == "alice"
    shown = browser.get(page)
    assert shown.status_code == 200
    assert 'autocomplete="new-password"' in shown.content.decode()
    answer = choose(browser, page)
    assert (answer.status_code, answer["Location"]) == (303, ON)
    assert (who(browser), who(elsewhere), knows(NEW)) == ("alice", None, True)
    assert Row.objects.filter(kind="password_changed").count() == 1


@pytest.mark.parametrize(("following", "told"), [("", True), (ON, False)])
def test_that_the_password_is_changed_is_said_where_the_next_page_is_the_persons_own(
    person: User, following: str, told: bool
) -> None:
    """Else it would stand on a page of another day."""
    browser = Client()
    led = choose(browser, proven(browser, following=following))
    assert led["Location"] == (following or "/")
    assert ("Your password is changed." in browser.get("/").content.decode()) is told


def test_the_page_of_the_password_leads_there_with_the_name(person: User) -> None:
    browser = Client()
    page = browser.post("/accounts/login/", {"login": "alice", "next": ON})["Location"]
    [link] = re.findall(r'href="(/accounts/password/reset/[^"]+)"', browser.get(page).content.decode())
    shown = browser.get(link.replace("&amp;", "&")).content.decode()
    assert 'value="alice"' in shown
    assert f'name="next" value="{ON}"' in shown


CHANGES: dict[str, Callable[[User], object]] = {
    "another password": changed(password=make_password("something else of length")),
    "another address": changed(email="a@example.org", email_verified=True),
    "not verified any more": changed(email_verified=False),
    "disabled": changed(is_active=False),
    "deleted": lambda user: user.delete(),
}


@pytest.mark.covers("S60 stages")
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", ["before the code", "before the password"])
def test_a_change_of_the_account_makes_it_void(person: User, change: str, when: str) -> None:
    browser = Client()
    if when == "before the code":
        page, code = ask(browser), mailed()
        CHANGES[change](person)
        assert browser.post(page, {"code": code}).status_code == 422
    else:
        page = proven(browser)
        CHANGES[change](person)
        assert browser.get(page).status_code == 410
        assert choose(browser, page).status_code == 410
    assert who(browser) is None
    assert not User.objects.filter(username="alice").exists() or not knows(NEW)


@pytest.mark.covers("S60 stages")
def test_every_stage_out_of_order_empty_or_again_is_a_page_and_no_way_in(person: User) -> None:
    browser = Client()
    assert browser.get(f"{RESET}code/")["Location"] == RESET
    assert browser.post(f"{RESET}code/", {"code": "1"})["Location"] == RESET
    assert browser.get(f"{RESET}new/").status_code == 410
    assert browser.post(f"{RESET}new/", {"password": NEW}).status_code == 410
    assert browser.post(RESET, {}).status_code == 422
    page = ask(browser)
    for form in ({}, {"code": ""}, {"code": "x" * 65}, {"code": "\x00"}):
        assert browser.post(page, form).status_code == 422
    page = browser.post(page, {"code": mailed()})["Location"]
    assert choose(Client(), page).status_code == 410, "another browser"
    assert choose(browser, page, "").status_code == 422
    assert choose(browser, page, "short").status_code == 422
    assert choose(browser, page).status_code == 303
    assert choose(browser, page, "yet another good long password").status_code == 410
    assert knows(NEW)


@pytest.mark.covers("S60 stages")
def test_a_sign_in_on_its_way_by_other_means_chooses_no_password(person: User) -> None:
    request, browser = request_of(), Client()
    handle = unfinished.begin(request, person, "password", identifier=person.email, following="")
    browser.cookies[django.CSRF_COOKIE_NAME] = BROWSER
    assert browser.get(f"{RESET}new/", {"sign_in": handle}).status_code == 410
    assert unfinished.prove(request, seen(handle), password_reset.KIND)
    assert browser.get(f"{RESET}new/", {"sign_in": handle}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_chooses_the_password(person: User) -> None:
    browser = Client()
    page = proven(browser)
    cookies = browser.cookies

    def choose_one(password: str) -> int:
        try:
            one = Client()
            one.cookies = cookies
            return int(choose(one, page, password).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(choose_one, [f"{NEW} {number}" for number in range(4)]))
    assert sorted(statuses) == [303, 410, 410, 410]


@pytest.mark.covers("S60 MFA", "S60 stages", "CVE-2026-18963")
@pytest.mark.parametrize("by", ["app", "recovery code"])
def test_who_has_a_second_factor_proves_it_before_a_new_password_is_chosen(person: User, by: str) -> None:
    app, browser = add_app(person), Client()
    page = proven(browser, ON)
    step = choose(browser, page)["Location"]
    assert step.startswith("/accounts/second-step/?")
    assert browser.get(page)["Location"] == step
    assert browser.post(step, {"code": app.wrong()}).status_code == 422
    assert (choose(browser, page)["Location"], knows(PASSWORD), who(browser)) == (step, True, None)
    if by == "app":
        led = browser.post(step, {"code": app.code()})
    else:
        led = browser.post(f"{step}&recovery=1", {"code": app.recovery_codes[0]})
    assert (led.status_code, led["Location"].partition("?")[0]) == (303, f"{RESET}new/")
    left = 10 if by == "app" else 9
    assert f"Recovery codes left: {left}" in browser.get(led["Location"]).content.decode(), "it says what stays"
    assert who(browser) is None
    answer = choose(browser, led["Location"])
    assert (answer.status_code, answer["Location"], knows(NEW), who(browser)) == (303, ON, True, "alice")
    methods = ["password", "totp" if by == "app" else "recovery_code"]
    assert [sorted(login.methods) for login in LoginSession.objects.filter(ended_at=None)] == [sorted(methods)]


@pytest.mark.covers("S60 MFA")
def test_a_code_by_mail_and_one_of_the_app_are_no_sign_in(person: User) -> None:
    """The second step of a reset leads to the new password, and to no session without one."""
    app, browser = add_app(person), Client()
    led = browser.post(browser.get(proven(browser))["Location"], {"code": app.code()})
    browser.get(led["Location"])
    assert (who(browser), LoginSession.objects.count()) == (None, 0)


def test_where_no_mail_is_it_says_whom_to_ask(person: User, settings: Settings) -> None:
    settings.MAIL = Mail(support="help@idp.example")
    for page in (RESET, f"{RESET}code/"):
        for method in ("get", "post"):
            answer = getattr(Client(), method)(page, {"login": "alice"})
            assert answer.status_code == 200
            assert "help@idp.example" in answer.content.decode()
    assert not Row.objects.exists()


def test_nothing_is_kept_of_who_asks_but_what_ends_by_itself(person: User) -> None:
    proven(Client())
    ends = clock.now() + timedelta(minutes=15)
    assert all(row.expires <= ends for row in UnfinishedSignIn.objects.all())
    assert all(row.expires <= ends for row in MailedCode.objects.all())
