"""The pages on which a passkey may be used: who gets in by it, what the sign-in is worth, where it leads."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts.conf import Mail
from accounts.ground import clock
from accounts.models import LoginSession, Passkey, User
from accounts.sign_in import password_queue
from tests.accounts.passkeys import enrolled
from tests.accounts.signed_in import SignIn, who
from tests.accounts.signing_up import offered
from tests.support.authenticator import FLAG, PRESENT_AND_VERIFIED, Authenticator
from tests.support.people import PASSWORD

LOGIN, REAUTHENTICATE = "/accounts/login/", "/accounts/reauthenticate/"


def options(page: Any) -> dict[str, Any]:
    """What the page's button asks the browser for."""
    found: dict[str, Any] = json.loads(page.context["passkey_options"])
    return found


def used(browser: Client, device: Authenticator, page: str = LOGIN, **form: str) -> Any:
    return browser.post(page, {"passkey": device.get(options(browser.get(page))), **form})


def without_password(user: User) -> None:
    user.set_unusable_password()
    User.objects.filter(pk=user.pk).update(password=user.password)


@pytest.mark.parametrize("login", ["", "alice", "nobody"])
def test_a_passkey_signs_in_whatever_name_was_typed(person: User, client: Client, login: str) -> None:
    device, _ = enrolled(person)
    answer = used(client, device, login=login, next="/oauth2/authorize?interaction=0.a")
    assert (answer.status_code, answer["Location"]) == (303, "/oauth2/authorize?interaction=0.a")
    assert who(client) == "alice"
    [session] = LoginSession.objects.all()
    assert (session.methods, session.acr, session.amr) == (["passkey"], "phr", ["pop", "user", "mfa"])
    assert not session.remembered


def test_the_page_after_the_name_takes_one_too_and_remembers(person: User, client: Client) -> None:
    device, _ = enrolled(person)
    page = client.post(LOGIN, {"login": "alice"}, follow=True)
    form = {"login": "alice", "asked": "password", "password": "", "remember": "on"}
    assert client.post(LOGIN, {"passkey": device.get(options(page)), **form}).status_code == 303
    assert LoginSession.objects.get().remembered


def test_a_browser_is_known_after_a_passkey(person: User, client: Client) -> None:
    device, _ = enrolled(person)
    assert settings.DEVICE_COOKIE_NAME in used(client, device).cookies


@pytest.mark.parametrize("asked", [{}, {"asked": "password"}])
def test_one_that_is_refused_is_told_on_the_same_page_which_asks_anew(
    person: User, client: Client, asked: dict[str, str]
) -> None:
    device, _ = enrolled(person, Authenticator(flags=PRESENT_AND_VERIFIED))
    device.flags = FLAG.UP
    answer = used(client, device, login="alice", next="/x", **asked)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The passkey was not accepted." in page
    assert ('name="asked"' in page) == bool(asked)
    assert 'value="alice"' in page
    assert 'name="next" value="/x"' in page
    device.flags = PRESENT_AND_VERIFIED
    assert client.post(LOGIN, {"passkey": device.get(options(answer))}).status_code == 303


@pytest.mark.parametrize("login", ["a\x00b", "x" * 100_000])
def test_what_is_no_name_goes_into_no_address_of_the_page_that_refuses_one(
    person: User, client: Client, settings: Settings, login: str
) -> None:
    settings.MAIL, settings.ACCOUNTS = Mail(support="help@idp.example", folder=Path()), offered("open")
    answer = client.post(LOGIN, {"passkey": "{}", "login": login, "asked": "password"})
    page = answer.content.decode()
    assert (answer.status_code, "could not be read" in page, len(page) < 5_000) == (422, True, True)
    for way in re.findall(r'href="/accounts/(?:sign-up|password/reset)/\?(who=[^"]*)"', page):
        for code in ("/accounts/sign-up/code/", "/accounts/password/reset/code/"):
            assert client.get(f"{code}?{way}").status_code < 400


def test_what_is_no_answer_of_a_browser_is_refused(db: None, client: Client) -> None:
    client.get(LOGIN)
    for text in ("x", "{}", "\x00", "[" * 10_000, "x" * 100_000):
        answer = client.post(LOGIN, {"passkey": text})
        assert (answer.status_code, "could not be read" in answer.content.decode()) == (422, True)


def test_a_switched_off_account_goes_where_a_right_password_would(person: User, client: Client) -> None:
    device, _ = enrolled(person)
    User.objects.update(is_active=False)
    answer = used(client, device, next="/x")
    assert (answer.status_code, answer["Location"]) == (303, "/accounts/inactive/?next=%2Fx")
    assert who(client) is None


def test_another_browser_cannot_send_it(person: User, client: Client) -> None:
    device, _ = enrolled(person)
    answer = device.get(options(client.get(LOGIN)))
    other = Client()
    other.get(LOGIN)
    assert other.post(LOGIN, {"passkey": answer}).status_code == 422
    assert client.post(LOGIN, {"passkey": answer}).status_code == 303
    client.post("/accounts/logout/")
    assert client.post(LOGIN, {"passkey": answer}).status_code == 422, "it was spent"


def test_a_passkey_does_not_wait_where_passwords_are_checked(
    person: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, _ = enrolled(person)

    def never() -> Any:
        raise AssertionError("it waits")

    monkeypatch.setattr(password_queue, "password_checks", never)
    assert used(client, device, password="filled in by a program").status_code == 303


@pytest.mark.covers("S58 lockout")
def test_whose_password_is_throttled_gets_in_by_passkey(person: User, client: Client) -> None:
    device, _ = enrolled(person)
    statuses = [client.post(LOGIN, {"login": "alice", "password": "wrong"}).status_code for _ in range(6)]
    assert statuses[-1] == 429
    assert used(client, device).status_code == 303


def test_a_sign_in_by_passkey_is_six_statements(person: User, client: Client) -> None:
    device, _ = enrolled(person)
    page = client.get(LOGIN)
    with CaptureQueriesContext(connection) as captured:
        client.post(LOGIN, {"passkey": device.get(options(page))})
    made = [query["sql"].split()[0] for query in captured if "SAVEPOINT" not in query["sql"]]
    # The passkey with its person; the challenge, the mark; the sign-in; the session.
    assert made == ["SELECT", "INSERT", "UPDATE", "UPDATE", "INSERT", "INSERT"]


def test_the_page_names_no_passkey_and_asks_nobody(person: User, client: Client) -> None:
    enrolled(person)
    with CaptureQueriesContext(connection) as captured:
        page = client.get(LOGIN)
    assert len(captured) == 0
    assert "allowCredentials" not in options(page)
    assert len(page.content) < 5_000


def test_an_issuer_that_is_an_address_has_no_button(db: None, client: Client, settings: Settings) -> None:
    settings.ISSUER = "http://127.0.0.1:8000"
    assert "data-passkey" not in client.get(LOGIN).content.decode()


# --- confirming


def aged(browser: Client) -> LoginSession:
    """The browser's sign-in, from an hour ago."""
    session = LoginSession.objects.get()
    session.auth_time = clock.now() - timedelta(hours=1)
    session.save(update_fields=["auth_time"])
    return session


def test_who_signed_in_by_password_confirms_by_passkey(person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    device, row = enrolled(person)
    before = aged(browser)
    page = browser.get(REAUTHENTICATE)
    assert [each["id"] for each in options(page)["allowCredentials"]] == [row.credential_id]
    assert 'autocomplete="current-password"' in page.content.decode()
    answer = browser.post(REAUTHENTICATE, {"passkey": device.get(options(page)), "next": "/x"})
    assert (answer.status_code, answer["Location"]) == (303, "/x")
    after = LoginSession.objects.get()
    assert after.auth_time > before.auth_time
    assert (after.methods, after.acr) == (["password", "passkey"], "phr")


def test_where_a_passkey_is_asked_for_alone_it_still_is_after_one_that_is_refused(
    person: User, sign_in: SignIn
) -> None:
    browser = sign_in()
    enrolled(person)
    page = browser.get(f"{REAUTHENTICATE}?by_passkey=1")
    for _ in range(2):
        [action] = re.findall(r'<form method="post" action="([^"]*)"', page.content.decode())
        page = browser.post(action, {"passkey": "{}"})
        assert page.status_code == 422
        assert 'type="password"' not in page.content.decode()


def test_who_has_no_password_confirms_by_passkey_and_is_asked_for_nothing_else(person: User, client: Client) -> None:
    device, _ = enrolled(person)
    used(client, device)
    without_password(person)
    page = client.get(REAUTHENTICATE)
    assert page.status_code == 200
    assert 'type="password"' not in page.content.decode()
    assert "need JavaScript" in page.content.decode()
    assert client.post(REAUTHENTICATE, {"passkey": device.get(options(page))}).status_code == 303


@pytest.mark.parametrize("form", [{"password": ""}, {"password": PASSWORD}, {"passkey": "{}"}, {}])
def test_who_has_no_password_gets_by_with_no_other_form(person: User, client: Client, form: dict[str, str]) -> None:
    device, _ = enrolled(person)
    used(client, device)
    without_password(person)
    before = aged(client)
    answer = client.post(REAUTHENTICATE, form)
    assert answer.status_code in (200, 422)
    assert LoginSession.objects.get().auth_time == before.auth_time


def test_another_persons_passkey_confirms_nobody_and_signs_nobody_in(person: User, sign_in: SignIn) -> None:
    bob = User.objects.create_user("bob", "bob@example.org", PASSWORD)
    device, _ = enrolled(bob)
    enrolled(person)
    browser = sign_in()
    before = aged(browser)
    answer = browser.post(REAUTHENTICATE, {"passkey": device.get(options(browser.get(REAUTHENTICATE)))})
    assert (answer.status_code, "belongs to another account" in answer.content.decode()) == (422, True)
    assert LoginSession.objects.get().auth_time == before.auth_time
    assert who(browser) == "alice"


def test_a_sign_in_page_of_before_confirms_nothing(person: User, sign_in: SignIn) -> None:
    """What was asked of nobody in particular is no confirmation, also where the browser's secret is the same."""
    device, _ = enrolled(person)
    browser = sign_in()
    asked = options(browser.get(REAUTHENTICATE))
    signed_out = Client()
    signed_out.cookies[settings.CSRF_COOKIE_NAME] = browser.cookies[settings.CSRF_COOKIE_NAME].value
    challenge = options(signed_out.get(LOGIN))["challenge"]
    answer = device.get(asked | {"challenge": challenge})
    assert browser.post(REAUTHENTICATE, {"passkey": answer}).status_code == 422


@pytest.mark.parametrize("meanwhile", [User.delete, lambda user: User.objects.update(is_active=False)])
def test_what_ends_an_account_while_its_passkey_is_judged(
    person: User, client: Client, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[User], object]
) -> None:
    from accounts.factors.passkeys import assertion

    device, _ = enrolled(person)
    real = assertion._note

    def overtaken(passkey: Passkey, data: Any) -> None:
        real(passkey, data)
        meanwhile(person)

    monkeypatch.setattr(assertion, "_note", overtaken)
    used(client, device)
    assert who(client) is None
