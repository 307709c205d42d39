"""A person changes the address of their account: by a code that is mailed there, where they have proved all that they
have."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, connections
from django.db.models import F
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.conf import Mail
from accounts.ground import clock
from accounts.mail.limits import LIMITS
from accounts.mail.message import message_of
from accounts.models import LoginSession, User
from accounts.models import Mail as Row
from accounts.sign_in import address_change, reset_links
from accounts.signals import session_ended, subject_changed
from tests.accounts.authenticator import add_app
from tests.accounts.changed import changed
from tests.accounts.signed_in import Listen, SignIn, who
from tests.accounts.way_back import another, ask, mailed, offered_mail, person
from tests.support.people import PASSWORD

__all__ = ["offered_mail", "person"]
OLD = "Alice@Example.org"
PAGE, CODE, KIND = "/accounts/address/", "/accounts/address/code/", "address_change"
NEW = "alice@new.example"


def begin(browser: Client, address: str = NEW) -> str:
    """Has a code sent to the address. The page where it is typed."""
    answer = browser.post(PAGE, {"address": address})
    assert answer.status_code == 303
    assert answer["Location"].startswith(CODE)
    return str(answer["Location"])


def finish(browser: Client, page: str) -> str:
    """Types the code. Where it leads."""
    answer = browser.post(page, {"code": mailed(KIND)})
    assert answer.status_code == 303
    return str(answer["Location"])


def told() -> list[tuple[str, str]]:
    """Whom mail tells of what, but for the codes and new devices."""
    rows = Row.objects.exclude(kind=KIND).exclude(kind__in=["password_reset", "new_device"]).order_by("created", "kind")
    return [(row.kind, row.recipient) for row in rows]


@pytest.mark.covers("S61 confirm", "S61 notify")
def test_the_address_is_the_new_one_once_its_code_was_typed_and_both_are_told(person: User, sign_in: SignIn) -> None:
    browser, elsewhere = sign_in(), sign_in()
    shown = browser.get(PAGE).content.decode()
    assert OLD in shown
    page = begin(browser)
    asked = browser.get(page).content.decode()
    assert NEW in asked
    assert "To change your e-mail address, prove the new one." in asked
    assert '<a class="button plain" href="/">Cancel</a>' in asked
    assert User.objects.get().email == OLD, "until the code is typed"
    assert [row.recipient for row in Row.objects.filter(kind=KIND)] == [NEW]
    assert finish(browser, page) == "/"
    user = User.objects.get()
    assert (user.username, user.email, user.email_key, user.email_verified) == ("alice", NEW, NEW, True)
    assert told() == [("address_changed", OLD), ("address_changed", NEW)]
    old, new = (message_of(row).as_string() for row in Row.objects.filter(kind="address_changed").order_by("created"))
    assert ("not the address" in old, "from now on" in new, NEW in old.partition("\n\n")[2]) == (True, True, False)
    assert (who(browser), who(elsewhere)) == ("alice", None)


@pytest.mark.parametrize("name", ["alice@example.org", "Alice@Example.ORG"])
def test_a_user_name_that_is_the_address_moves_with_it(person: User, sign_in: SignIn, name: str) -> None:
    User.objects.update(username=name, username_key="alice@example.org")
    browser = sign_in("alice@example.org")
    assert "You sign in with the new address" in browser.get(PAGE).content.decode()
    finish(browser, begin(browser, "Alice@New.example"))
    user = User.objects.get()
    assert (user.username, user.username_key, user.email, user.email_key) == (
        "Alice@New.example",
        NEW,
        "Alice@New.example",
        NEW,
    )
    assert who(sign_in(NEW)) == "Alice@New.example"
    told_old = Row.objects.get(kind="address_changed", recipient=OLD)
    assert name in message_of(told_old).as_string()


@pytest.mark.parametrize("named", [True, False])
def test_a_name_that_is_taken_meanwhile_loses_nothing(person: User, sign_in: SignIn, named: bool) -> None:
    if named:
        User.objects.update(username=person.email, username_key=person.email_key)
    browser, elsewhere = sign_in("alice@example.org"), sign_in("alice@example.org")
    page = begin(browser)
    code = mailed(KIND)
    asker_is_told = browser.post(page, {"code": another(code)})
    assert asker_is_told.status_code == 422
    User.objects.create_user(NEW if named else "bob", NEW, PASSWORD)
    before = User.objects.values().get(pk=person.pk)
    answer = browser.post(page, {"code": code})
    assert answer.status_code == 422, "the code is void once the address is somebody's"
    assert User.objects.values().get(pk=person.pk) == before
    assert None not in (who(browser), who(elsewhere))


def test_who_takes_the_name_at_the_very_moment_wins_and_the_page_says_so(
    person: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in()
    page = begin(browser)
    code, before = mailed(KIND), User.objects.values().get(pk=person.pk)
    change = address_change.change

    def too_late(request: HttpRequest, user: User, address: str) -> bool:
        User.objects.create_user("bob", NEW, PASSWORD)
        return change(request, user, address)

    monkeypatch.setattr(address_change, "change", too_late)
    answer = browser.post(page, {"code": code})
    assert (answer.status_code, "Yours is as it was" in answer.content.decode()) == (409, True)
    assert User.objects.values().get(pk=person.pk) == before
    assert (who(browser), told()) == ("alice", [])


def test_an_address_of_somebody_else_gets_the_same_page_and_its_owner_a_mail(person: User, sign_in: SignIn) -> None:
    User.objects.create_user("bob", "bob@example.org", PASSWORD, email_verified=True)
    browser = sign_in()

    def seen(address: str) -> tuple[object, ...]:
        with CaptureQueriesContext(connection) as asked:
            page = begin(browser, address)
        shown, wrong = browser.get(page), browser.post(page, {"code": "000 000 000"})
        texts = [answer.content.decode().replace(address, "ADDRESS") for answer in (shown, wrong)]
        return (
            len(asked),
            shown.status_code,
            wrong.status_code,
            [text.split("<main")[1].split("<form")[0] for text in texts],
        )

    begin(browser, "first@example.net")  # what is counted from now on is there already
    assert seen("bob@example.org") == seen("nobody@example.net")
    assert told() == [("address_taken", "bob@example.org")]
    assert not Row.objects.filter(kind=KIND, recipient="bob@example.org").exists()
    assert "bob@example.org" in message_of(Row.objects.get(kind="address_taken")).as_string()


def test_somebody_elses_address_is_written_to_as_it_is_stored(person: User, sign_in: SignIn) -> None:
    User.objects.create_user("bob", "Bob@example.org", PASSWORD)
    begin(sign_in(), "bob@EXAMPLE.org")
    assert told() == [("address_taken", "Bob@example.org")]


def test_a_first_proof_voids_all_that_began_before_and_shows_what_signs_in(
    person: User, sign_in: SignIn, listen: Listen
) -> None:
    User.objects.update(email_verified=False)
    browser, elsewhere = sign_in(), sign_in()
    assert f'value="{OLD}"' in browser.get(PAGE).content.decode()
    page = begin(browser, OLD)
    heard: list[str] = []
    listen(subject_changed, lambda subject, **_: heard.append(subject))
    assert finish(browser, page) == "/accounts/ways-in/"
    assert heard == [str(person.pk)]
    assert (who(browser), who(elsewhere), User.objects.get().email_verified) == ("alice", None, True)
    shown = browser.get("/accounts/ways-in/").content.decode()
    assert "Your password" in shown
    assert told() == [("address_changed", OLD)]


def test_another_proof_ends_each_other_session_and_tells_what_hangs_on_it(
    person: User, sign_in: SignIn, listen: Listen
) -> None:
    browser, elsewhere = sign_in(), sign_in()
    sid = elsewhere.session.get("sid") or LoginSession.objects.order_by("-created").values_list("sid", flat=True)[0]
    heard: list[str] = []
    listen(session_ended, lambda sid, **_: heard.append(sid))
    finish(browser, begin(browser))
    assert heard == [sid]
    assert LoginSession.objects.get(ended_at=None).methods == ["password"]


@pytest.mark.covers("S61 links")
def test_codes_and_links_that_were_on_their_way_die_by_it(person: User, sign_in: SignIn) -> None:
    browser, other, forgot = sign_in(), sign_in(), Client()
    link = reset_links.make(person, clock.now()).partition("link=")[2]
    reset, reset_code = ask(forgot), mailed()
    theirs = begin(other, "alice@other.example")
    their_code = mailed(KIND)
    finish(browser, begin(browser))
    assert forgot.post(reset, {"code": reset_code}).status_code == 422
    assert Client().get("/accounts/password/new/", {"link": link}).status_code == 410
    assert other.post(theirs, {"code": their_code})["Location"].startswith("/accounts/login/")
    again = sign_in()
    assert again.post(theirs, {"code": their_code}).status_code == 422
    assert User.objects.get().email == NEW


def test_each_stage_out_of_order_empty_or_again(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    for form in (
        {},
        {"address": ""},
        {"address": "x"},
        {"address": "a\x00@b.example"},
        {"address": f"{'a' * 300}@b.example"},
    ):
        assert browser.post(PAGE, form).status_code == 422
    assert browser.get(CODE)["Location"] == PAGE
    assert browser.post(CODE, {"code": "1"})["Location"] == PAGE
    page = begin(browser)
    code = mailed(KIND)
    for form in ({}, {"code": ""}, {"code": "x" * 65}, {"code": "\x00"}):
        assert browser.post(page, form).status_code == 422
    elsewhere = begin(browser, "alice@second.example")
    assert browser.post(elsewhere, {"code": code}).status_code == 422, "the code of another address"
    assert finish(browser, elsewhere) == "/"
    assert browser.post(elsewhere, {"code": mailed(KIND)}).status_code == 422
    assert (User.objects.get().email, Row.objects.filter(kind="address_changed").count()) == ("alice@second.example", 2)


def test_a_code_proves_no_other_address_than_it_was_mailed_to(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    theirs = begin(browser, "victim@example.net")
    begin(browser, "mine@example.net")
    assert browser.post(theirs, {"code": mailed(KIND)}).status_code == 422
    assert User.objects.get().email == OLD


def test_nor_in_another_browser(person: User, sign_in: SignIn) -> None:
    page, other = begin(sign_in()), sign_in()
    assert other.post(page, {"code": mailed(KIND)}).status_code == 422


CHANGES: dict[str, Callable[[User], object]] = {
    "another password": changed(password=make_password("something else of length")),
    "another address": changed(email="a@example.org", email_verified=True),
    "disabled": changed(is_active=False),
    "deleted": lambda user: user.delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_account_makes_it_void(person: User, sign_in: SignIn, change: str) -> None:
    browser = sign_in()
    page, code = begin(browser), mailed(KIND)
    CHANGES[change](person)
    assert browser.post(page, {"code": code}).status_code in (302, 422)
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.covers("S61 re-auth")
def test_who_proved_it_long_ago_or_by_less_than_they_have_proves_it_first(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    page, code = begin(browser), mailed(KIND)
    LoginSession.objects.update(auth_time=F("auth_time") - sessions.RECENT - timedelta(seconds=1))
    for answer in (browser.get(PAGE), browser.post(PAGE, {"address": NEW}), browser.post(page, {"code": code})):
        assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    add_app(person)
    for answer in (browser.get(PAGE), browser.post(PAGE, {"address": NEW}), browser.post(page, {"code": code})):
        assert answer["Location"].startswith("/accounts/step-up/?next=")
    assert User.objects.get().email == OLD


@pytest.mark.covers("S72 e-mail")
def test_a_form_of_another_site_changes_nothing(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    page = begin(browser)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post(PAGE, {"address": NEW}).status_code == 403
    assert strict.post(page, {"code": mailed(KIND)}).status_code == 403
    assert User.objects.get().email == OLD


def test_nobody_is_led_to_the_sign_in(person: User) -> None:
    assert Client().post(PAGE, {"address": NEW})["Location"].startswith("/accounts/login/")
    assert Client().get("/accounts/ways-in/")["Location"].startswith("/accounts/login/")
    assert not Row.objects.exists()


def test_who_has_many_browsers_fills_no_strangers_mailbox(person: User, sign_in: SignIn) -> None:
    for _ in range(3):
        browser = sign_in()
        for _ in range(3):
            begin(browser, "victim@example.net")
    assert Row.objects.filter(recipient="victim@example.net").count() == LIMITS["recipient"].failures


def test_strangers_who_ask_for_codes_keep_nobody_who_is_signed_in_from_it(person: User, sign_in: SignIn) -> None:
    for number in range(LIMITS["account"].failures + 1):
        ask(Client(REMOTE_ADDR=f"198.51.100.{number}"))
    browser = sign_in()
    assert finish(browser, begin(browser)) == "/"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_prove_one_address_at_once_one_has_it(person: User, sign_in: SignIn) -> None:
    User.objects.create_user("bob", "bob@example.org", PASSWORD, email_verified=True)
    ready = []
    for name in ("alice", "bob"):
        browser = sign_in(name)
        page = begin(browser)
        ready.append((browser, page, mailed(KIND)))

    def prove(one: tuple[Client, str, str]) -> int:
        browser, page, code = one
        try:
            return int(browser.post(page, {"code": code}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(prove, ready))
    assert statuses.count(303) == 1
    assert {*statuses} < {303, 409, 422}
    assert User.objects.filter(email=NEW).count() == 1


def test_where_no_mail_is_it_is_not_offered_and_says_whom_to_ask(
    person: User, sign_in: SignIn, settings: Settings
) -> None:
    browser = sign_in()
    assert PAGE in browser.get("/").content.decode()
    settings.MAIL = Mail(support="help@idp.example")
    assert PAGE not in browser.get("/").content.decode()
    for page in (PAGE, CODE):
        answer = browser.get(page)
        assert (answer.status_code, "help@idp.example" in answer.content.decode()) == (200, True)
    assert not Row.objects.exists()
