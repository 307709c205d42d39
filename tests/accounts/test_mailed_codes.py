"""Codes that are mailed: who gets one, in which browser it is worth anything, and how often one may guess."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.ground import clock
from accounts.mail.limits import LIMITS
from accounts.mail.message import message_of
from accounts.models import Mail as Row
from accounts.models import MailedCode, Throttle, User
from accounts.sign_in import mailed_codes
from accounts.sign_in.guesses import SHARES
from accounts.stores.base.codes import MOST_ATTEMPTS
from tests.accounts.signed_in import SignIn
from tests.accounts.way_back import (
    RESET,
    another,
    ask,
    browsers,
    mailed,
    offered_mail,
    person,
)
from tests.support.people import PASSWORD
from tests.support.time_passed import pass_time

__all__ = ["browsers", "offered_mail", "person"]


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}.", "\u202a{}"])
def test_a_code_is_typed_however_people_type_it(person: User, typed: str) -> None:
    browser = Client()
    page = ask(browser)
    assert browser.post(page, {"code": typed.format(mailed())}).status_code == 303


def test_a_code_may_be_typed_without_its_gaps_and_in_other_digits(person: User) -> None:
    browser = Client()
    page = ask(browser)
    typed = "".join(chr(ord("\u0660") + int(digit)) for digit in mailed().replace(" ", ""))
    assert browser.post(page, {"code": typed}).status_code == 303


@pytest.mark.covers("S59 reset")
@pytest.mark.parametrize("state", ["nobody", "not verified", "disabled", "without an address", "beyond the limits"])
def test_whoever_gets_no_code_sees_the_same_and_it_takes_the_same(person: User, state: str, settings: Settings) -> None:
    User.objects.create_user("bob", "bob@example.org", PASSWORD, email_verified=True)
    login = "nobody" if state == "nobody" else "alice"
    if state in ("not verified", "disabled"):
        User.objects.filter(pk=person.pk).update(
            **({"email_verified": False} if state[0] == "n" else {"is_active": False})
        )
    if state == "without an address":
        User.objects.filter(pk=person.pk).update(email="", email_key=None)
    for _ in range(5 if state == "beyond the limits" else 0):
        ask(Client(), login)
    before = Row.objects.exclude(recipient="").count()

    def seen(login: str) -> tuple[Any, ...]:
        browser = Client()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = ask(browser, login)
        shown = browser.get(page)
        wrong = browser.post(page, {"code": "000 000 000"})
        told = [answer.content.decode().replace(login, "NAME") for answer in (shown, wrong)]
        hidden = [re.sub(r'(value|href)="[^"]{60,}"|[0-9a-f]{32}', "", text) for text in told]
        return len(asked), shown.status_code, wrong.status_code, hidden

    assert seen(login) == seen("bob")
    assert Row.objects.exclude(recipient="").count() == before + 1, "to the one who is reached"


@pytest.mark.covers("S59 reset")
def test_that_two_names_are_one_accounts_is_not_told_by_its_limit(person: User) -> None:
    for number in range(5):
        ask(Client(REMOTE_ADDR=f"192.0.2.{number}"), "alice")

    def seen(login: str, source: str) -> tuple[Any, ...]:
        browser = Client(REMOTE_ADDR=source)
        with CaptureQueriesContext(connection) as asked:
            page = ask(browser, login)
        with CaptureQueriesContext(connection) as judged:
            wrong = browser.post(page, {"code": "000 000 000"})
        return len(asked), len(judged), wrong.status_code, wrong.context["form"].errors

    assert seen("alice@example.org", "198.51.100.7") == seen("bob@example.org", "198.51.100.8")
    assert Row.objects.exclude(recipient="").count() == 5


@pytest.mark.covers("CVE-2019-19844")
@pytest.mark.parametrize(
    "typed", ["ALICE@EXAMPLE.ORG", " alice@example.org", "\uff41lice@example.org", "al\u0131ce@example.org"]
)
def test_it_goes_to_the_address_as_it_is_stored(person: User, typed: str) -> None:
    ask(Client(), typed)
    assert {row.recipient for row in Row.objects.all()} <= {person.email, ""}


@pytest.mark.covers("ltb #755", "S76 links")
@pytest.mark.parametrize("headers", [{"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}])
def test_there_is_no_link_in_it_and_no_host_of_the_request(person: User, headers: dict[str, str]) -> None:
    Client().post(RESET, {"login": "alice"}, headers=headers)
    text = message_of(Row.objects.get()).as_string()
    assert "evil.example" not in text
    assert set(re.findall(r"https?://[\w.:]+\b", text)) == {django.ISSUER}


def test_a_code_is_worth_nothing_in_another_browser(person: User) -> None:
    page = ask(Client())
    other = Client()
    assert other.post(page, {"code": mailed()}).status_code == 422
    mine = ask(other)
    assert other.post(mine, {"code": mailed()}).status_code == 303


def test_what_a_stranger_asks_for_voids_nobodys_code(person: User) -> None:
    browser = Client()
    page = ask(browser)
    code = mailed()
    ask(Client())
    assert browser.post(page, {"code": code}).status_code == 303


def test_the_next_code_of_a_browser_takes_the_place_of_the_one_before(person: User) -> None:
    browser = Client()
    ask(browser)
    first = mailed()
    page = ask(browser)
    assert browser.post(page, {"code": first}).status_code == (422 if first != mailed() else 303)
    assert browser.post(page, {"code": mailed()}).status_code == 303


def test_a_code_is_good_once_and_for_ten_minutes(person: User) -> None:
    browser = Client()
    page = ask(browser)
    code = mailed()
    assert browser.post(page, {"code": code}).status_code == 303
    assert browser.post(page, {"code": code}).status_code == 422
    page = ask(browser)
    MailedCode.objects.update(expires=clock.now())
    answer = browser.post(page, {"code": mailed()})
    assert answer.status_code == 422
    assert "not good any more" in answer.content.decode()
    assert timedelta(minutes=10) == mailed_codes.GOOD_FOR


def test_five_are_judged_of_one_code(person: User) -> None:
    browser = Client()
    page = ask(browser)
    code = mailed()
    for _ in range(MOST_ATTEMPTS):
        assert "is not right" in browser.post(page, {"code": another(code)}).content.decode()
    answer = browser.post(page, {"code": code})
    assert (answer.status_code, "wrong codes" in answer.content.decode()) == (429, True)
    pass_time(timedelta(minutes=5))
    assert "not good any more" in browser.post(page, {"code": code}).content.decode()


def test_attempts_by_two_names_do_not_tell_that_they_are_one_accounts(person: User) -> None:
    browser = Client()
    for page in [ask(browser, "alice"), ask(browser, "alice@example.org")]:
        judged = [browser.post(page, {"code": another(mailed())}) for _ in range(MOST_ATTEMPTS + 1)]
        assert [answer.status_code for answer in judged] == [422] * MOST_ATTEMPTS + [429]
        assert all("is not right" in answer.content.decode() for answer in judged[:-1])


@pytest.mark.covers("S60 once", "ALLAUTH-2024")
@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_no_more_than_five_are_judged(person: User) -> None:
    browser = Client()
    page = ask(browser)
    wrong, cookies = another(mailed()), browser.cookies

    def guess(_: int) -> bool:
        try:
            one = Client()
            one.cookies = cookies
            return "is not right" in one.post(page, {"code": wrong}).content.decode()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(guess, range(50))) == MOST_ATTEMPTS


def test_strangers_use_up_their_mails_and_a_known_device_has_its_own(
    person: User, sign_in: SignIn, browsers: Iterator[Client]
) -> None:
    device = sign_in()
    device.post("/accounts/logout/")
    for _ in range(LIMITS["account"].failures + 2):
        ask(next(browsers))
    assert Row.objects.exclude(recipient="").count() == LIMITS["account"].failures
    ask(device)
    assert Row.objects.exclude(recipient="").count() == LIMITS["account"].failures + 1
    assert device.post(ask(device), {"code": mailed()}).status_code == 303


def test_wrong_codes_are_counted_at_the_account_and_a_right_one_ends_the_row(
    person: User, browsers: Iterator[Client]
) -> None:
    browser = next(browsers)
    page = ask(browser)
    browser.post(page, {"code": another(mailed())})
    assert {*Throttle.objects.exclude(account="").values_list("failures", flat=True)} == {1}
    assert browser.post(page, {"code": mailed()}).status_code == 303
    assert not Throttle.objects.exclude(account="").exists()
    judged = 0
    while True:
        browser = next(browsers)
        page = ask(browser)
        pass_time(timedelta(hours=1))
        answer = browser.post(page, {"code": "1"})
        if answer.status_code == 429:
            break
        judged += "is not right" in answer.content.decode()
    assert judged == SHARES["stranger"].failures
    assert "Too many wrong codes" in answer.content.decode()
    assert "Retry-After" in answer
