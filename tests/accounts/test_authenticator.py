"""The pages where people add and remove an authenticator app, and get recovery codes."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.conf import Mail as MailConf
from accounts.factors import enrolment, totp
from accounts.ground import clock
from accounts.models import AuthenticatorApp, LoginSession, Mail, RecoveryCode, User
from tests.accounts.authenticator import App, Hands, add_app, first_step, hold
from tests.accounts.signed_in import SignIn, who

PAGE, CODES = "/accounts/authenticator/", "/accounts/recovery-codes/"
WRONG = "This is not what the app should show now"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return hold(monkeypatch)


@pytest.fixture
def mailed(settings: Settings, person: User, tmp_path: Any) -> None:
    """Mail is offered, and the person's address is verified."""
    settings.MAIL = MailConf(folder=tmp_path)
    User.objects.update(email_verified=True)


def offered(browser: Client) -> tuple[str, str]:
    """The sealed secret of the page, and the secret itself, as the link says it."""
    page = browser.get(PAGE).content.decode()
    [sealed] = re.findall(r'name="sealed" value="([^"]+)"', page)
    [link] = re.findall(r'href="(otpauth:[^"]+)"', page)
    [secret] = parse_qs(urlsplit(unescape(link)).query)["secret"]
    assert enrolment.in_groups(secret) in page
    return sealed, secret


def added(browser: Client) -> App:
    sealed, secret = offered(browser)
    answer = browser.post(PAGE, {"sealed": sealed, "code": pyotp.TOTP(secret).at(clock.now())})
    assert answer.status_code == 200, answer.headers
    shown = re.findall(r"<li><code>([0-9a-z]{5}-[0-9a-z]{5})</code></li>", answer.content.decode())
    return App(secret, shown)


def signed_in(app: App) -> Client:
    """A browser with both factors, a step later: each code is good once."""
    browser = Client()
    assert browser.post(first_step(browser), {"code": app.code()}).status_code == 303
    return browser


def test_an_app_is_added_by_what_it_shows_and_ten_codes_are_shown_once(sign_in: SignIn, mailed: None) -> None:
    browser = sign_in()
    app = added(browser)
    assert len({*app.recovery_codes}) == RecoveryCode.objects.count() == 10
    login = LoginSession.objects.get()
    assert (login.methods, login.acr) == (["password", "totp"], "mfa")
    page = browser.get(PAGE).content.decode()
    assert "Remove the app" in page
    assert app.secret not in page
    assert app.recovery_codes[0] not in page
    assert Mail.objects.get().kind == "factor_added"


def test_nothing_of_it_can_be_read_in_the_database(sign_in: SignIn) -> None:
    app = added(sign_in())
    assert app.secret not in AuthenticatorApp.objects.get().secret
    held = {code.digest for code in RecoveryCode.objects.all()}
    assert not held & {code.replace("-", "") for code in app.recovery_codes}
    assert {len(digest) for digest in held} == {64}


def test_every_other_session_ends_when_an_app_is_added_or_removed(sign_in: SignIn, hands: Hands) -> None:
    here, elsewhere = sign_in(), sign_in()
    app = added(here)
    assert [who(here), who(elsewhere)] == ["alice", None]
    hands.move(timedelta(minutes=1))
    elsewhere = signed_in(app)
    assert here.post(PAGE, {"code": app.code(1)}).status_code == 303
    assert [who(here), who(elsewhere)] == ["alice", None]
    assert not AuthenticatorApp.objects.exists()
    assert not RecoveryCode.objects.exists()


@pytest.mark.parametrize("change", ["another code", "empty", "late", "another session", "another person", "not ours"])
def test_an_app_is_added_by_its_person_in_their_session_in_time_and_by_a_right_code(
    sign_in: SignIn, hands: Hands, change: str
) -> None:
    browser = sign_in()
    sealed, secret = offered(browser)
    code = App(secret, ()).code()
    if change == "another code":
        code = App(secret, ()).wrong()
    if change == "empty":
        code = ""
    if change == "late":
        hands.move(enrolment.GOOD_FOR + timedelta(seconds=1))
        LoginSession.objects.update(auth_time=clock.now())
        code = App(secret, ()).code()
    if change == "another session":
        browser = sign_in()
    if change == "another person":
        browser = Client()
        browser.force_login(User.objects.create_user("bob"))
    if change == "not ours":
        sealed = f"{sealed[:-5]}xxxxx"
    answer = browser.post(PAGE, {"sealed": sealed, "code": code})
    assert answer.status_code == (422 if change in ("another code", "empty") else 200)
    assert "Add the app" in answer.content.decode(), "the page again, and with another secret where it was none"
    assert (sealed in answer.content.decode()) == (secret in answer.content.decode())
    assert not AuthenticatorApp.objects.exists()


def test_the_code_that_added_an_app_signs_nobody_in(sign_in: SignIn, hands: Hands) -> None:
    app = added(sign_in())
    browser = Client()
    where = first_step(browser)
    assert browser.post(where, {"code": app.code()}).status_code == 422
    assert browser.post(where, {"code": app.code(1)}).status_code == 303


def test_who_proved_it_long_ago_does_so_again_before_an_app_is_added(sign_in: SignIn, hands: Hands) -> None:
    browser = sign_in()
    sealed, secret = offered(browser)
    hands.move(sessions.RECENT + timedelta(seconds=1))
    answer = browser.post(PAGE, {"sealed": sealed, "code": App(secret, ()).code()})
    assert (answer.status_code, answer["Location"]) == (303, f"/accounts/reauthenticate/?{urlencode({'next': PAGE})}")
    assert not AuthenticatorApp.objects.exists()


def test_the_form_sent_again_removes_nothing_and_leads_to_new_codes_and_on(sign_in: SignIn, hands: Hands) -> None:
    browser = sign_in()
    sealed, secret = offered(browser)
    form = {"sealed": sealed, "code": App(secret, ()).code(), "next": "/x"}
    assert len(browser.post(PAGE, form).context["codes"]) == 10
    again = browser.post(PAGE, form)
    assert (again.status_code, again["Location"]) == (303, f"{CODES}?next=%2Fx")
    page = browser.get(again["Location"])
    assert "If you did not keep its recovery codes, make new ones here." in page.content.decode()
    assert page.context["onward"] == "/x"
    assert RecoveryCode.objects.filter(spent_at=None).count() == 10
    assert AuthenticatorApp.objects.exists()


@pytest.mark.parametrize("sent", ["another", "rubbish", ""])
def test_of_an_app_that_was_not_added_nobody_is_told_that_it_is(sign_in: SignIn, sent: str) -> None:
    browser = sign_in()
    first, (sealed, secret) = offered(browser), offered(browser)
    browser.post(PAGE, {"sealed": first[0], "code": App(first[1], ()).code()})
    form = {"sealed": sealed if sent == "another" else sent, "code": App(secret, ()).code(), "next": "/x"}
    answer = browser.post(PAGE, form)
    assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}?next=%2Fx")
    page = browser.get(answer["Location"]).content.decode()
    assert "You already have an authenticator app. This form added none." in page
    assert ("app is added" in page, "Remove the app" in page) == (False, True)
    assert totp.is_of(User.objects.get(), first[1])


@pytest.mark.parametrize("code", ["", "wrong"])
def test_nobody_removes_an_app_or_makes_codes_without_a_code(person: User, hands: Hands, code: str) -> None:
    app = add_app(person)
    browser = signed_in(app)
    typed = app.wrong() if code else ""
    for page in (PAGE, CODES):
        assert browser.post(page, {"code": typed}).status_code == 422
    assert AuthenticatorApp.objects.exists()
    assert RecoveryCode.objects.filter(spent_at=None).count() == 10


def test_who_lost_the_app_removes_it_by_a_recovery_code(person: User, hands: Hands, mailed: None) -> None:
    app = add_app(person)
    browser = Client()
    browser.post(first_step(browser), {"code": app.recovery_codes[0]})
    assert browser.post(PAGE, {"code": app.recovery_codes[1]})["Location"] == "/"
    assert not AuthenticatorApp.objects.exists()
    assert Mail.objects.get().kind == "factor_removed"
    assert who(browser) == "alice"


def test_new_codes_end_the_old_ones(person: User, hands: Hands, mailed: None) -> None:
    app = add_app(person)
    browser = signed_in(app)
    assert "10 of 10" in browser.get(CODES).content.decode()
    shown = browser.post(CODES, {"code": app.recovery_codes[0]}).content.decode()
    assert len(re.findall(r"<li><code>", shown)) == 10
    assert not any(code in shown for code in app.recovery_codes)
    other = Client()
    assert other.post(first_step(other), {"code": app.recovery_codes[1]}).status_code == 422
    assert Mail.objects.get().kind == "factor_added"


def test_who_has_no_app_has_no_codes_to_make(sign_in: SignIn) -> None:
    assert sign_in().get(CODES)["Location"] == PAGE


def test_the_picture_is_part_of_the_page_and_has_nothing_that_its_policy_forbids(sign_in: SignIn) -> None:
    page = sign_in().get(PAGE).content.decode()
    assert re.search(r'<svg viewBox="0 0 (\d+) \1" class="qr">', page)
    assert not re.search(r"<style|style=|<script|https?://", page)
    assert len(page) < 16_000


def test_names_that_no_picture_can_hold_have_none_and_the_page_does_without(
    person: User, sign_in: SignIn, settings: Settings
) -> None:
    settings.BRAND = "\u4e2d" * 62
    User.objects.filter(pk=person.pk).update(username="\U00020000" * 150)
    page = sign_in().get("/accounts/authenticator/").content.decode()
    assert ("<svg" in page, "Scan this" in page, 'href="otpauth:' in page) == (False, False, True)


def test_a_secret_that_cannot_be_unsealed_is_no_error_and_recovery_codes_work_still(
    person: User, hands: Hands, client: Client
) -> None:
    app = add_app(person)
    AuthenticatorApp.objects.update(secret="1.abc")
    where = first_step(client)
    assert client.post(where, {"code": app.code()}).status_code == 422
    assert client.post(where, {"code": app.recovery_codes[0]}).status_code == 303


def test_the_last_use_is_noted_at_most_every_five_minutes(person: User, hands: Hands) -> None:
    app = add_app(person)
    begun = hands.now
    for minutes, noted in ((1, begun), (5, begun + timedelta(minutes=6))):
        hands.move(timedelta(minutes=minutes))
        assert totp.spend(person, app.code(), clock.now())
        assert AuthenticatorApp.objects.get().last_used == noted
