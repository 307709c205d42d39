"""Who typed a right code and was told 503 types the same again: what came to nothing spends nothing. And nobody has a
code twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django
from django.db import transaction
from django.db.transaction import Atomic
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.factors import recovery
from accounts.ground.unavailable import Unavailable
from accounts.models import LoginSession, Session, User
from accounts.sessions import engine
from accounts.sessions.orm import OrmSignIns
from accounts.sign_in import address_change, invitations, mailed_codes, unfinished
from accounts.stores.memory import memory_store
from accounts.stores.orm.codes import Codes
from accounts.stores.orm.unfinished import Unfinished
from tests.accounts import signing_up
from tests.accounts import test_change_address as changing
from tests.accounts.authenticator import add_app, first_step
from tests.accounts.signed_in import SignIn, who
from tests.accounts.way_back import RESET, ask, choose, knows, mailed, offered_mail, person, proven
from tests.support.people import PASSWORD

__all__ = ["offered_mail", "person"]

FAILING: dict[str, tuple[Any, str]] = {
    "begun": (Unfinished, "add"),
    "proven": (Unfinished, "prove"),
    "finished": (Unfinished, "finish"),
    "spent": (Codes, "spend"),
    "signed in": (OrmSignIns, "start"),
    "session": (engine, "_insert"),
    "counted": (recovery, "left"),
}
"""What may fail after a right code was judged."""


def quiet() -> Client:
    return Client(raise_request_exception=False)


def fail(*_: Any) -> None:
    raise Unavailable(timedelta(seconds=2))


@contextmanager
def failing(at: str) -> Iterator[None]:
    """`committed`: the transaction in which a session was written is not."""
    with pytest.MonkeyPatch.context() as patch:
        if at == "committed":
            patch.setattr(Atomic, "__exit__", _not_committed(Atomic.__exit__))
        else:
            patch.setattr(*FAILING[at], fail)
        yield


def _not_committed(leave: Any) -> Any:
    """Of all the product's blocks the outermost one: what is around it is the test's own."""

    def left(block: Any, error_type: Any, error: Any, trace: Any) -> None:
        around = transaction.get_connection(block.using).atomic_blocks[:-1]
        is_outermost = all(getattr(each, "_from_testcase", False) for each in around)
        if error_type is None and is_outermost and LoginSession.objects.exists():
            gone = Unavailable(timedelta(seconds=2))
            leave(block, Unavailable, gone, None)
            raise gone
        leave(block, error_type, error, trace)

    return left


@pytest.mark.covers("S62 once")
@pytest.mark.parametrize("at", ["proven", "finished", "signed in", "session", "committed"])
@pytest.mark.parametrize("way", ["app", "recovery code"])
def test_a_code_of_the_second_step_is_good_for_the_same_sign_in_and_no_other(person: User, way: str, at: str) -> None:
    app, browser, other = add_app(person), quiet(), Client()
    page, elsewhere = first_step(browser), first_step(other)
    form = {"code": app.code() if way == "app" else app.recovery_codes[0]}
    with failing(at):
        assert browser.post(page, form).status_code == 503
    assert (who(browser), LoginSession.objects.count()) == (None, 0)
    assert other.post(elsewhere, form).status_code == 422
    assert browser.post(first_step(browser), form).status_code == 422, "another sign-in of the same browser"
    assert browser.post(page, form).status_code == 303
    assert (who(browser), LoginSession.objects.count()) == ("alice", 1)
    assert other.post(elsewhere, form).status_code == 422
    assert LoginSession.objects.count() == 1


def test_a_recovery_code_is_good_again_where_those_that_are_left_were_not_counted(person: User) -> None:
    app, browser = add_app(person), quiet()
    page, form = first_step(browser), {"code": app.recovery_codes[0]}
    with failing("counted"):
        assert browser.post(page, form).status_code == 503
    assert (who(browser), LoginSession.objects.count()) == (None, 0)
    assert browser.post(page, form).status_code == 303
    assert (who(browser), recovery.left(person)) == ("alice", 9)


def test_who_is_signed_in_stays_so_where_codes_that_are_left_were_not_counted(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    browser.raise_request_exception = False
    form = {"code": add_app(person).recovery_codes[0]}
    with failing("counted"):
        assert browser.post(reverse("step_up"), form).status_code == 503
    assert (who(browser), recovery.left(person)) == ("alice", 9)


@pytest.mark.parametrize("way", ["app", "recovery code"])
def test_a_code_is_good_again_on_the_way_back(person: User, way: str) -> None:
    app, browser = add_app(person), quiet()
    page = browser.get(proven(browser))["Location"]
    form = {"code": app.code() if way == "app" else app.recovery_codes[0]}
    with failing("proven"):
        assert browser.post(page, form).status_code == 503
    assert browser.post(page, form)["Location"].startswith(f"{RESET}new/")


@pytest.mark.parametrize("at", ["begun", "proven", "spent"])
def test_a_mailed_code_is_good_until_what_it_is_for_is_there(person: User, at: str) -> None:
    browser = quiet()
    page, form = ask(browser), {"code": mailed()}
    with failing(at):
        assert browser.post(page, form).status_code == 503
    assert browser.post(page, form).status_code == 303
    assert browser.post(page, form).status_code == 422


@pytest.mark.parametrize("at", ["finished", "signed in", "session", "committed"])
def test_a_new_password_is_set_with_the_sign_in_or_not_at_all(person: User, at: str) -> None:
    browser = quiet()
    page = proven(browser)
    with failing(at):
        assert choose(browser, page).status_code == 503
    assert (knows(PASSWORD), who(browser)) == (True, None)
    assert choose(browser, page).status_code == 303
    assert (knows(PASSWORD), who(browser)) == (False, "alice")
    assert choose(browser, page, PASSWORD).status_code == 410


@pytest.mark.parametrize("by", ["code", "invitation"])
@pytest.mark.parametrize("at", ["finished", "signed in", "session", "committed"])
def test_an_account_is_made_with_its_first_sign_in_or_not_at_all(
    offered_mail: None, db: None, settings: Settings, by: str, at: str
) -> None:
    settings.ACCOUNTS = signing_up.offered("open")
    browser = quiet()
    if by == "code":
        page = signing_up.proven(browser)
    else:
        invitation = parse_qs(urlsplit(invitations.make(signing_up.ADDRESS)).query)["invitation"][0]
        page = browser.post(signing_up.INVITED, {"invitation": invitation})["Location"]
    with failing(at):
        assert signing_up.choose(browser, page).status_code == 503
    assert not User.objects.exists()
    assert signing_up.choose(browser, page).status_code == 303
    assert who(browser) == signing_up.ADDRESS
    assert signing_up.choose(browser, page).status_code in (303, 410)
    assert (User.objects.count(), LoginSession.objects.count()) == (1, 1)


@pytest.mark.parametrize("at", ["signed in", "session"])
def test_an_invitation_is_good_again_where_the_store_takes_nothing_back(
    offered_mail: None, db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    settings.ACCOUNTS = signing_up.offered("invited")
    kept = memory_store()
    for module in (invitations, unfinished):
        monkeypatch.setattr(module, "store", lambda: kept)
    browser = quiet()
    invitation = parse_qs(urlsplit(invitations.make(signing_up.ADDRESS)).query)["invitation"][0]
    page = browser.post(signing_up.INVITED, {"invitation": invitation})["Location"]
    with failing(at):
        assert signing_up.choose(browser, page).status_code == 503
    assert not User.objects.exists()
    again = browser.post(signing_up.INVITED, {"invitation": invitation})["Location"]
    assert signing_up.choose(browser, again).status_code == 303
    assert who(browser) == signing_up.ADDRESS


def test_who_comes_late_with_a_mailed_code_has_the_session_of_before_and_no_second_key(
    person: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in()
    page = changing.begin(browser)
    before = [*Session.objects.values_list("key_hash", flat=True)]
    monkeypatch.setattr(mailed_codes, "spend", lambda *_: False)
    late = browser.post(page, {"code": mailed(address_change.KIND)})
    assert (late.status_code, django.SESSION_COOKIE_NAME in late.cookies) == (422, False)
    assert [*Session.objects.values_list("key_hash", flat=True)] == before
    assert (who(browser), User.objects.get().email) == ("alice", changing.OLD)


def test_an_address_is_changed_with_its_code_or_not_at_all(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    browser.raise_request_exception = False
    page = changing.begin(browser)
    form = {"code": mailed(address_change.KIND)}
    with failing("spent"):
        assert browser.post(page, form).status_code == 503
    assert User.objects.get().email == changing.OLD
    assert browser.post(page, form).status_code == 303
    assert User.objects.get().email == changing.NEW
