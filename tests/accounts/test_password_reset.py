"""A person gets back in by a code that is mailed to them, at the application, and nobody else does."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django
from django.contrib.auth.hashers import make_password
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.conf import Mail
from accounts.ground import clock
from accounts.mail.limits import LIMITS
from accounts.mail.message import message_of
from accounts.models import Mail as Row
from accounts.models import MailedCode, Throttle, UnfinishedSignIn, User
from accounts.sign_in import mailed_codes, password_reset, unfinished
from accounts.sign_in.guesses import SHARES
from accounts.stores.base.codes import MOST_ATTEMPTS
from tests.accounts.signed_in import SignIn, who
from tests.accounts.test_unfinished import BROWSER, request_of, seen
from tests.support.people import PASSWORD
from tests.support.time_passed import pass_time

RESET, NEW = "/accounts/password/reset/", "nine quiet herons by the water"
ON = "/authorize?client_id=somebody"


@pytest.fixture(autouse=True)
def _quick(quick_hashes: None) -> None:
    """Before anybody has a password."""


@pytest.fixture(autouse=True)
def _mail(settings: Settings, tmp_path: Path) -> None:
    settings.MAIL = Mail(folder=tmp_path, support="help@idp.example")


@pytest.fixture
def person(person: User) -> User:
    person.email_verified = True
    person.save()
    return person


@pytest.fixture
def browsers() -> Iterator[Client]:
    """Each at an address of its own."""
    return (Client(REMOTE_ADDR=f"198.51.100.{number}") for number in range(1, 250))


def ask(browser: Client, login: str = "alice", following: str = "") -> str:
    """Has a code sent. The page where it is typed."""
    answer = browser.post(RESET, {"login": login} | ({"next": following} if following else {}))
    assert answer.status_code == 303
    return str(answer["Location"])


def mailed() -> str:
    """The code of the newest mail."""
    message = message_of(Row.objects.filter(kind="password_reset").exclude(recipient="").latest("created"))
    [code] = re.findall(r"\d{3} \d{3} \d{3}", str(message.get_body(("plain",))))
    return str(code)


def another(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**9:09}"


def proven(browser: Client, following: str = "") -> str:
    """The page for a new password, once the code was typed."""
    page = ask(browser, following=following)
    answer = browser.post(page, {"code": mailed()})
    assert answer.status_code == 303
    return str(answer["Location"])


def choose(browser: Client, page: str, password: str = NEW) -> Any:
    handle = parse_qs(urlsplit(page).query)["sign_in"][0]
    return browser.post(page, {"sign_in": handle, "password": password})


def knows(password: str) -> bool:
    return User.objects.get(username="alice").check_password(password)


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


def test_the_page_of_the_password_leads_there_with_the_name(person: User) -> None:
    browser = Client()
    page = browser.post("/accounts/login/", {"login": "alice", "next": ON})["Location"]
    [link] = re.findall(r'href="(/accounts/password/reset/[^"]+)"', browser.get(page).content.decode())
    shown = browser.get(link.replace("&amp;", "&")).content.decode()
    assert 'value="alice"' in shown
    assert f'name="next" value="{ON}"' in shown


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

    gets = seen("bob")
    gets_none = seen(login)
    if state == "beyond the limits":
        # No code was made: what is typed is told to be no code any more, of whomever it is.
        assert (gets_none[1:3], gets_none[3][0]) == (gets[1:3], gets[3][0])
    else:
        assert gets_none == gets
    assert Row.objects.exclude(recipient="").count() == before + 1, "to the one who is reached"


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
    assert "not good any more" in browser.post(page, {"code": code}).content.decode()


@pytest.mark.covers("S60 once")
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


def changed(**columns: Any) -> Callable[[User], object]:
    def change(user: User) -> None:
        for name, value in columns.items():
            setattr(user, name, value)
        user.save()

    return change


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
    assert sum(Throttle.objects.exclude(account="").values_list("failures", flat=True)) == 1
    assert browser.post(page, {"code": mailed()}).status_code == 303
    assert sum(Throttle.objects.exclude(account="").values_list("failures", flat=True)) == 0
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


def test_where_no_mail_is_it_says_whom_to_ask(person: User, settings: Settings) -> None:
    settings.MAIL = Mail(support="help@idp.example")
    for page in (RESET, f"{RESET}code/"):
        for method in ("get", "post"):
            answer = getattr(Client(), method)(page, {"login": "alice"})
            assert answer.status_code == 404
            assert "help@idp.example" in answer.content.decode()
    assert not Row.objects.exists()


def test_nothing_is_kept_of_who_asks_but_what_ends_by_itself(person: User) -> None:
    proven(Client())
    ends = clock.now() + timedelta(minutes=15)
    assert all(row.expires <= ends for row in UnfinishedSignIn.objects.all())
    assert all(row.expires <= ends for row in MailedCode.objects.all())
