"""A person makes an account for themselves, and nobody does it for somebody else's address, or learns whose it is."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Literal

import pytest
from django.conf import settings as django
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.ground import clock
from accounts.mail.limits import LIMITS
from accounts.models import LoginSession, MailedCode, UnfinishedSignIn, User
from accounts.models import Mail as Row
from accounts.sign_in import sign_up, unfinished
from idp.configuration import read_settings
from idp.env import BadSettings
from tests.accounts.authenticator import add_app
from tests.accounts.signed_in import SignIn, who
from tests.accounts.signing_up import ADDRESS, CHOOSE, CODE, PAGE, begin, choose, offered, proven
from tests.accounts.test_unfinished import BROWSER, request_of
from tests.accounts.way_back import NEW, ON, another, ask, browsers, mailed, offered_mail, person
from tests.support.people import PASSWORD

__all__ = ["browsers", "offered_mail", "person"]


@pytest.fixture(autouse=True)
def _open(settings: Settings, db: None, offered_mail: None) -> None:
    settings.ACCOUNTS = offered("open")


def test_who_has_no_account_makes_one_and_is_at_what_waited() -> None:
    browser = Client()
    [link] = re.findall(
        r'href="(/accounts/sign-up/[^"]+)"', browser.get(f"/accounts/login/?next={ON}").content.decode()
    )
    assert f'name="next" value="{ON}"' in browser.get(link.replace("&amp;", "&")).content.decode()
    page = proven(browser, following=ON)
    shown = browser.get(page)
    assert (shown.status_code, 'autocomplete="new-password"' in shown.content.decode()) == (200, True)
    assert not User.objects.exists(), "until the password is chosen"
    answer = choose(browser, page)
    assert (answer.status_code, answer["Location"]) == (303, ON)
    user = User.objects.get()
    assert (user.username, user.email, user.email_verified, user.is_staff) == (ADDRESS, ADDRESS, True, False)
    assert user.check_password(NEW)
    assert (who(browser), LoginSession.objects.get().methods) == (ADDRESS, ["password"])


def test_mail_is_in_the_language_that_they_signed_up_in() -> None:
    browser = Client(headers={"Accept-Language": "de"})
    choose(browser, proven(browser))
    assert User.objects.get().locale == "de"


def test_the_name_that_was_typed_comes_along_to_the_page() -> None:
    browser = Client()
    page = browser.post("/accounts/login/", {"login": ADDRESS})["Location"]
    [link] = re.findall(r'href="(/accounts/sign-up/[^"]+)"', browser.get(page).content.decode())
    assert f'value="{ADDRESS}"' in browser.get(link.replace("&amp;", "&")).content.decode()


@pytest.mark.parametrize(
    "address", ["o'brien+x@example.org", "zoë@example.org", "a@b", "x", f"{'a' * 140}@example.org"]
)
def test_what_is_an_address_is_a_user_name_too(address: str) -> None:
    browser = Client()
    if address.startswith("o'"):
        assert choose(browser, proven(browser, address)).status_code == 303
        User.objects.get(username=address).full_clean()
    else:
        assert browser.post(PAGE, {"address": address}).status_code == 422


@pytest.mark.covers("S59 register")
@pytest.mark.parametrize("state", ["verified", "not verified", "disabled", "with an app"])
def test_who_has_an_account_sees_the_same_and_it_takes_the_same(person: User, state: str) -> None:
    User.objects.update(email_verified=state != "not verified", is_active=state != "disabled")
    if state == "with an app":
        add_app(person)

    def seen(address: str) -> tuple[Any, ...]:
        browser = Client()
        with CaptureQueriesContext(connection) as asked:
            page = begin(browser, address)
        with CaptureQueriesContext(connection) as looked:
            shown = browser.get(page)
        with CaptureQueriesContext(connection) as tried:
            wrong = browser.post(page, {"code": "000 000 000"})
        told = [answer.content.decode().replace(address, "ADDRESS") for answer in (shown, wrong)]
        hidden = [re.sub(r'(value|href)="[^"]{60,}"|[0-9a-f]{32}', "", text) for text in told]
        return len(asked), len(looked), len(tried), shown.status_code, wrong.status_code, hidden

    begin(Client(), "first@example.net")  # what counts the source is there from now on
    assert seen("alice@example.org") == seen("nobody@example.net")
    assert list(Row.objects.exclude(kind="sign_up").values_list("kind", "recipient")) == [
        ("address_taken", "Alice@Example.org")
    ]
    assert User.objects.count() == 1


@pytest.mark.covers("S59 register")
def test_beyond_the_limits_the_same_page_and_no_mail(browsers: Iterator[Client]) -> None:
    for _ in range(LIMITS["recipient"].failures + 2):
        begin(next(browsers))
    sent = Row.objects.exclude(recipient="")
    assert sent.count() == LIMITS["recipient"].failures
    one = next(browsers)
    for number in range(LIMITS["source"].failures + 2):
        begin(one, f"{number}@example.net")
    assert sent.count() == LIMITS["recipient"].failures + LIMITS["source"].failures


def test_a_known_device_writes_to_its_owner_no_oftener(person: User, sign_in: SignIn) -> None:
    device = sign_in()
    device.post("/accounts/logout/")
    for _ in range(3):
        begin(device, "alice@example.org")
        begin(Client(), "alice@example.org")
    sent = Row.objects.filter(kind="address_taken").exclude(recipient="")
    assert sent.count() == LIMITS["recipient"].failures


@pytest.mark.covers("S60 stages")
def test_every_stage_out_of_order_empty_or_again_is_a_page_and_no_account() -> None:
    browser = Client()
    assert browser.get(CODE)["Location"] == PAGE
    assert browser.post(CODE, {"code": "1"})["Location"] == PAGE
    assert browser.get(CHOOSE).status_code == 410
    assert browser.post(CHOOSE, {"password": NEW}).status_code == 410
    for form in ({}, {"address": ""}, {"address": "a\x00@b.example"}, {"address": f"{'a' * 300}@b.example"}):
        assert browser.post(PAGE, form).status_code == 422
    page = begin(browser)
    code = mailed("sign_up")
    for form in ({}, {"code": ""}, {"code": "x" * 65}, {"code": "\x00"}, {"code": another(code)}):
        assert browser.post(page, form).status_code == 422
    assert Client().post(page, {"code": code}).status_code == 422, "another browser"
    new = browser.post(page, {"code": code})["Location"]
    assert browser.post(page, {"code": code}).status_code == 422, "again"
    assert choose(Client(), new).status_code == 410, "another browser"
    for password in ("", "short", "x\x00" * 20, ADDRESS, f"{ADDRESS} {ADDRESS}"):
        assert choose(browser, new, password).status_code == 422
    assert not User.objects.exists()
    assert choose(browser, new).status_code == 303
    assert choose(browser, new, "yet another good long password").status_code == 410
    assert User.objects.get().check_password(NEW)


@pytest.mark.covers("S60 stages", "CVE-2026-18963")
def test_what_proves_something_else_makes_no_account(person: User) -> None:
    browser, request = Client(), request_of()
    handle = unfinished.begin(request, person, "password", identifier=ADDRESS, following="")
    browser.cookies[django.CSRF_COOKIE_NAME] = BROWSER
    assert browser.get(CHOOSE, {"sign_in": handle}).status_code == 410
    reset = browser.post(ask(browser), {"code": mailed()})["Location"]
    assert browser.get(reset.replace("/accounts/password/reset/new/", CHOOSE)).status_code == 410


def test_nor_does_a_sign_up_lead_anywhere_else() -> None:
    browser = Client()
    page = proven(browser)
    for other in ("/accounts/second-step/", "/accounts/password/reset/new/"):
        assert browser.get(page.replace(CHOOSE, other)).status_code == 410
    assert (who(browser), User.objects.count()) == (None, 0)


def test_a_code_for_one_address_proves_no_other() -> None:
    browser = Client()
    theirs = begin(browser, "victim@example.net")
    begin(browser, "mine@example.net")
    assert browser.post(theirs, {"code": mailed("sign_up")}).status_code == 422


def test_nor_does_the_code_of_a_reset(person: User) -> None:
    browser = Client()
    page = begin(browser, "alice@example.org")
    ask(browser)
    assert browser.post(page, {"code": mailed()}).status_code == 422


def test_who_takes_the_address_meanwhile_wins_and_nothing_is_lost() -> None:
    before_the_code, before_the_password = Client(), Client()
    page = begin(before_the_code)
    code = mailed("sign_up")
    new = proven(before_the_password)
    User.objects.create_user(ADDRESS, ADDRESS, PASSWORD)
    assert before_the_code.post(page, {"code": code}).status_code == 422
    answer = choose(before_the_password, new)
    assert (answer.status_code, "has an account" in answer.content.decode()) == (409, True)
    assert (User.objects.get().check_password(PASSWORD), who(before_the_password)) == (True, None)


@pytest.mark.parametrize("spelling", [ADDRESS.upper(), f" {ADDRESS}", "zoe@\uff45xample.net"])
def test_a_name_that_looks_like_the_address_is_the_address(spelling: str) -> None:
    User.objects.create_user("zoe", ADDRESS, PASSWORD)
    browser = Client()
    answer = browser.post(PAGE, {"address": spelling})
    assert answer.status_code == 303
    assert [row.recipient for row in Row.objects.all()] == [ADDRESS]
    assert Row.objects.get().kind == "address_taken"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("whose", ["one browser", "browsers"])
def test_of_many_at_once_one_has_the_account(whose: str) -> None:
    first = Client()
    pages = [(first, proven(first))] * 4
    if whose == "browsers":
        pages = [(browser, proven(browser)) for browser in (Client() for _ in range(4))]

    def make(one: tuple[int, tuple[Client, str]]) -> int:
        number, (browser, page) = one
        try:
            mine = Client()
            mine.cookies = browser.cookies
            return int(choose(mine, page, f"{NEW} {number}").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(make, enumerate(pages)))
    assert statuses == [303, *[410 if whose == "one browser" else 409] * 3]
    assert User.objects.filter(username=ADDRESS).count() == 1


def test_who_is_signed_in_is_told_that_the_new_account_takes_their_place(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    assert "takes its place" in browser.get(PAGE).content.decode()
    assert choose(browser, proven(browser)).status_code == 303
    assert who(browser) == ADDRESS
    assert LoginSession.objects.filter(user=person, ended_at=None).count() == 0


@pytest.mark.covers("S72 e-mail")
def test_a_form_of_another_site_makes_none() -> None:
    browser = Client()
    page = begin(browser)
    new = browser.post(page, {"code": mailed("sign_up")})["Location"]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    for where, form in ((PAGE, {"address": ADDRESS}), (page, {"code": "1"})):
        assert strict.post(where, form).status_code == 403
    assert choose(strict, new).status_code == 403
    assert not User.objects.exists()


@pytest.mark.parametrize("rule", ["closed", "invited"])
def test_where_it_is_not_open_it_says_whom_to_ask(settings: Settings, rule: Literal["closed", "invited"]) -> None:
    browser = Client()
    page, new = begin(browser), proven(Client())
    settings.ACCOUNTS = offered(rule)
    assert "Create an account" not in browser.get("/accounts/login/").content.decode()
    for answer in (
        browser.get(PAGE),
        browser.post(PAGE, {"address": ADDRESS}),
        browser.get(page),
        browser.post(page, {}),
    ):
        assert (answer.status_code, "help@idp.example" in answer.content.decode()) == (403, True)
    assert browser.get(new).status_code == (403 if rule == "closed" else 410)
    assert not User.objects.exists()


@pytest.mark.parametrize("rule", ["invited", "open"])
def test_without_mail_it_is_refused_at_start_in_one_line(rule: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read_settings({"IDP_ACCOUNTS_SIGN_UP": rule}, secrets_missing=True)
    [fault] = refused.value.faults
    assert fault.startswith("IDP_ACCOUNTS_SIGN_UP: ")
    assert "IDP_MAIL_URL" in fault
    assert read_settings({}, secrets_missing=True).accounts.sign_up == "closed"


def test_nothing_is_kept_of_who_asks_but_what_ends_by_itself() -> None:
    proven(Client())
    ends = clock.now() + timedelta(minutes=15)
    assert all(row.expires <= ends for row in UnfinishedSignIn.objects.all())
    assert all(row.expires <= ends for row in MailedCode.objects.all())
    assert User._meta.get_field("username").max_length == sign_up.MOST


@pytest.mark.parametrize("name", ["", "Zoë Étoile", " Zoë "])
def test_who_likes_to_gives_a_name_and_is_told_that_the_account_is_made(name: str) -> None:
    browser = Client()
    answer = choose(browser, proven(browser), name=name)
    assert answer["Location"] == "/"
    assert User.objects.get().name == name.strip()
    assert "Your account is made." in browser.get("/").content.decode()
    assert "Your account is made." not in browser.get("/").content.decode(), "once"


def test_a_password_much_like_the_name_makes_no_account() -> None:
    browser = Client()
    page = proven(browser)
    answer = choose(browser, page, "wolfeschlegelstein hausenberger", name="Wolfeschlegelstein Hausenberger")
    assert (answer.status_code, "too similar" in answer.content.decode()) == (422, True)
    assert not User.objects.exists()
    assert choose(browser, page, name="Wolfeschlegelstein Hausenberger").status_code == 303
    assert User.objects.get().name == "Wolfeschlegelstein Hausenberger"


@pytest.mark.parametrize("name", ["a\u200bb", "x" * 301, "\u2066"])
def test_a_name_that_cannot_be_shown_makes_no_account_and_stands_there_again(name: str) -> None:
    browser = Client()
    page = proven(browser)
    answer = choose(browser, page, name=name)
    assert answer.status_code == 422
    assert '<a href="#id_name">' in answer.content.decode()
    assert not User.objects.exists()
    assert choose(browser, page, name="Zoë").status_code == 303


def test_home_offers_an_account_where_anybody_may_make_one(settings: Settings, client: Client) -> None:
    assert f'href="{PAGE}"' in client.get("/").content.decode()
    settings.ACCOUNTS = offered("invited")
    assert f'href="{PAGE}"' not in client.get("/").content.decode()


def test_who_is_signed_in_and_has_an_account_goes_back_to_it(person: User, sign_in: SignIn) -> None:
    assert '<a href="/">I have an account</a>' in sign_in().get(PAGE).content.decode()


def test_the_page_of_the_code_says_what_it_is_for() -> None:
    browser = Client()
    page = browser.get(begin(browser)).content.decode()
    assert "To create your account, prove your address." in page
    assert "Cancel" not in page
