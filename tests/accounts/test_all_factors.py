"""Nobody who has more to prove themselves with adds or removes a factor by less, whichever way they came."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.test import Client, RequestFactory

from accounts.factors import second, totp
from accounts.models import AuthenticatorApp, LoginSession, Passkey, User
from accounts.pages import BY_PASSKEY
from accounts.sessions.engine import SessionStore
from tests.accounts.authenticator import App, add_app, first_step
from tests.accounts.signed_in import SignIn, who
from tests.accounts.way_back import ask, browsers, choose, mailed, offered_mail
from tests.support.people import PASSWORD

__all__ = ["browsers", "offered_mail"]
PASSKEYS, AUTHENTICATOR = "/accounts/passkeys/", "/accounts/authenticator/"


@pytest.fixture
def passkey(person: User) -> Passkey:
    """One that nobody here holds."""
    return Passkey.objects.create(
        key="0" * 64,
        user=person,
        credential_id="eA",
        public_key="x",
        sign_count=0,
        name="Phone",
        aaguid=person.pk,
        transports="",
        backup_eligible=False,
        backed_up=False,
    )


def pages(passkey: Passkey) -> list[tuple[str, dict[str, str]]]:
    """What adds or removes a factor, and what is posted there."""
    return [
        (PASSKEYS, {"passkey": "{}"}),
        (f"{PASSKEYS}one/?key={passkey.key}", {"remove": "1"}),
        (f"{PASSKEYS}offer/", {"passkey": "{}"}),
        (AUTHENTICATOR, {"code": "000000", "sealed": "x"}),
    ]


@pytest.mark.covers("S60 MFA")
def test_a_password_alone_changes_nothing_beside_a_passkey(passkey: Passkey, sign_in: SignIn) -> None:
    browser = sign_in()
    for page, form in pages(passkey):
        for answer in (browser.get(page), browser.post(page, form)):
            assert answer.status_code == 303
            assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
            assert f"{BY_PASSKEY}=1" in answer["Location"]
    shown = browser.get(browser.get(PASSKEYS)["Location"]).content.decode()
    assert 'type="password"' not in shown
    assert (Passkey.objects.count(), AuthenticatorApp.objects.count()) == (1, 0)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": PASSKEYS})
    assert browser.get(PASSKEYS).status_code == 303, "the password again is not more"


@pytest.mark.covers("S60 MFA")
def test_mail_alone_changes_nothing_beside_a_passkey(passkey: Passkey, offered_mail: None) -> None:
    User.objects.update(email_verified=True)
    browser = Client()
    led = browser.post(ask(browser), {"code": mailed()})
    assert choose(browser, led["Location"]).status_code == 303
    assert who(browser) == "alice"
    for page, form in pages(passkey):
        assert browser.post(page, form).status_code == 303
    assert (Passkey.objects.count(), AuthenticatorApp.objects.count()) == (1, 0)


def test_a_remembered_session_whose_factors_lapsed_changes_nothing(person: User, passkey: Passkey) -> None:
    app, browser = add_app(person), Client()
    browser.post(first_step(browser, remember="on"), {"code": app.code()})
    assert browser.get(PASSKEYS).status_code == 200
    days = timedelta(days=3)
    LoginSession.objects.update(auth_time=F("auth_time") - days, created=F("created") - days)
    assert browser.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 303
    for page, form in pages(passkey)[:3]:
        assert browser.post(page, form)["Location"].startswith("/accounts/step-up/?next=")
    assert Passkey.objects.count() == 1


def test_nor_is_it_in_the_admin(person: User) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    app, browser = add_app(person), Client()
    browser.post(first_step(browser, remember="on"), {"code": app.code()})
    assert browser.get("/admin/").status_code == 200
    days = timedelta(days=3)
    LoginSession.objects.update(auth_time=F("auth_time") - days, created=F("created") - days)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for page in ("/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/"):
        assert browser.get(page)["Location"].startswith("/accounts/step-up/?next=")
    answer = browser.post("/admin/accounts/peoplegroup/add/", {"name": "bakers"})
    assert (answer.status_code, "Nothing was done" in answer.content.decode()) == (403, True)
    assert "bakers" in answer.content.decode(), "what was typed is kept"


def test_the_form_that_added_the_app_removes_none_when_it_is_sent_again(person: User) -> None:
    app, browser = add_app(person), Client()
    browser.post(first_step(browser), {"code": app.code(-1)})
    sent = browser.post(AUTHENTICATOR, {"code": app.code(), "sealed": "whatever it was"})
    assert (sent.status_code, sent["Location"]) == (303, AUTHENTICATOR)
    assert AuthenticatorApp.objects.count() == 1


CHANGES: dict[str, Callable[[Any, User], object]] = {
    "enrol": lambda request, user: second.enrol(request, user, totp.new_secret()),
    "remove": lambda request, user: second.remove(request, user, "totp"),
    "renew codes": lambda request, user: second.renew_codes(user),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_began_before_another_password_changes_no_factor(person: User, sign_in: SignIn, change: str) -> None:
    before = User.objects.get(pk=person.pk)
    if change != "enrol":
        add_app(person)
    person.password = make_password("another quite long passphrase")
    person.save()
    with pytest.raises(PermissionDenied):
        CHANGES[change](RequestFactory().get("/"), before)
    assert AuthenticatorApp.objects.count() == (change != "enrol")


def test_a_sign_in_that_begins_while_an_app_is_added_is_over(person: User, sign_in: SignIn) -> None:
    """It asked whether there is one before there was."""
    browser, racing = sign_in(), sign_in()
    [login] = LoginSession.objects.filter(ended_at=None).exclude(sid__in=_sids(browser))
    _enrol(browser)
    LoginSession.objects.filter(sid=login.sid).update(ended_at=None)
    assert (who(browser), who(racing)) == ("alice", None)


def _sids(browser: Client) -> list[str]:
    login = SessionStore(browser.cookies[settings.SESSION_COOKIE_NAME].value).login
    return [login.sid] if login is not None else []


def _enrol(browser: Client) -> App:
    shown = browser.get(AUTHENTICATOR)
    secret = shown.context["secret"].replace(" ", "")
    app = App(secret, ())
    answer = browser.post(AUTHENTICATOR, {"code": app.code(), "sealed": shown.context["sealed"]})
    assert answer.status_code == 200
    assert AuthenticatorApp.objects.count() == 1
    return app


def test_who_removes_a_passkey_ends_what_began_with_one_elsewhere(
    passkey: Passkey, person: User, sign_in: SignIn
) -> None:
    by_password, thief = sign_in(), sign_in()
    LoginSession.objects.filter(sid__in=_sids(thief)).update(methods=["passkey"], amr=["pop", "user", "mfa"], acr="phr")
    own = sign_in()
    LoginSession.objects.filter(sid__in=_sids(own)).update(methods=["passkey"], amr=["pop", "user", "mfa"], acr="phr")
    assert own.post(f"{PASSKEYS}one/?key={passkey.key}", {"remove": "1"}).status_code == 303
    assert not Passkey.objects.exists()
    assert [who(each) for each in (own, by_password, thief)] == ["alice", "alice", None]
