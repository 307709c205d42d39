"""The pages of a person's passkeys, and the offer of a first one."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from accounts import sessions
from accounts.factors import passkeys
from accounts.factors.passkeys import changes
from accounts.ground import clock
from accounts.models import LoginSession, Mail, Passkey, User
from accounts.views.offer_passkey import COOKIE
from tests.accounts.authenticator import add_app
from tests.accounts.passkeys import enrolled
from tests.accounts.signed_in import SignIn, who
from tests.accounts.test_by_passkey import used, without_password
from tests.drills.at_once import at_once
from tests.mail.ways import mail_by
from tests.support.authenticator import Authenticator
from tests.support.people import PASSWORD

PAGE, OFFER, LOGIN = "/accounts/passkeys/", "/accounts/passkeys/offer/", "/accounts/login/"


def one(row: Passkey) -> str:
    return f"/accounts/passkeys/one/?key={row.pk}"


def made(page: Any, device: Authenticator) -> str:
    return device.create(json.loads(page.context["options"]))


@pytest.fixture
def told(settings: Settings, person: User) -> None:
    settings.MAIL = mail_by("smtp://mail.example")
    User.objects.update(email_verified=True)


def mails() -> list[str]:
    return [mail.kind for mail in Mail.objects.order_by("created")]


@pytest.mark.usefixtures("told")
def test_a_passkey_is_added_listed_used_renamed_and_removed(sign_in: SignIn) -> None:
    browser, device = sign_in(), Authenticator()
    page = browser.get(PAGE)
    assert "You have none yet." in page.content.decode()
    answer = browser.post(PAGE, {"passkey": made(page, device), "name": "Laptop <b>"}, follow=True)
    assert answer.redirect_chain == [(PAGE, 303)]
    text = answer.content.decode()
    assert "The passkey is added." in text
    assert "<bdi>Laptop &lt;b&gt;</bdi>" in text
    assert "Not used yet" in text
    used(Client(), device)
    assert "Last used:" in browser.get(PAGE).content.decode()
    row = Passkey.objects.get()
    assert "Laptop" in browser.get(one(row)).content.decode()
    assert "Phone" in browser.post(one(row), {"name": "Phone"}, follow=True).content.decode()
    asked = browser.get(one(row)).content.decode()
    assert re.search(r'<details><summary>Remove it…</summary>\s*<form [^>]*>.*name="remove"', asked), "a second step"
    answer = browser.post(one(row), {"remove": ""}, follow=True)
    assert "The passkey is removed." in answer.content.decode()
    assert not Passkey.objects.exists()
    assert mails() == ["factor_added", "new_device", "factor_removed"]
    assert used(Client(), device).status_code == 422


def test_home_leads_there(sign_in: SignIn) -> None:
    assert f'href="{PAGE}"' in sign_in().get("/").content.decode()


@pytest.mark.parametrize("page", [PAGE, OFFER, "one"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_proved_long_ago_who_they_are_does_so_again(person: User, sign_in: SignIn, page: str, method: str) -> None:
    _, row = enrolled(person)
    browser = sign_in()
    LoginSession.objects.update(auth_time=clock.now() - sessions.RECENT - timedelta(seconds=1))
    answer = getattr(browser, method)(one(row) if page == "one" else page, {"remove": ""} if method == "post" else {})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (303, "/accounts/reauthenticate/")
    assert Passkey.objects.exists()


@pytest.mark.parametrize("page", [PAGE, OFFER, "/accounts/passkeys/one/"])
def test_who_is_nobody_signs_in_first(db: None, client: Client, page: str) -> None:
    for answer in (client.get(page), client.post(page, {"passkey": "{}"})):
        assert answer["Location"].startswith(LOGIN)


@pytest.mark.parametrize("form", [{"remove": ""}, {"name": "mine"}])
def test_nobody_gets_at_another_persons_passkey(person: User, sign_in: SignIn, form: dict[str, str]) -> None:
    bob = User.objects.create_user("bob", "bob@example.org", PASSWORD)
    _, row = enrolled(bob)
    browser = sign_in()
    assert browser.get(one(row)).status_code == 404
    assert browser.post(one(row), form).status_code == 404
    assert Passkey.objects.get().name == "Passkey"


@pytest.mark.parametrize("key", ["", "\x00", "0" * 63 + "\x00", "0" * 64, "0" * 64 + "\n", "A" * 64, "x" * 9000])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_the_key_of_none_is_not_found(sign_in: SignIn, key: str, method: str) -> None:
    browser, page = sign_in(), f"/accounts/passkeys/one/?{urlencode({'key': key})}"
    assert (browser.get(page) if method == "get" else browser.post(page, {"name": "x"})).status_code == 404


@pytest.mark.usefixtures("told")
def test_the_last_way_to_sign_in_stays(person: User, client: Client) -> None:
    device, row = enrolled(person)
    used(client, device)
    without_password(person)
    answer = client.post(one(row), {"remove": ""})
    assert (answer.status_code, "only way to sign in" in answer.content.decode()) == (422, True)
    assert Passkey.objects.exists()
    _, second = enrolled(person)
    assert client.post(one(second), {"remove": ""}).status_code == 303
    assert client.post(one(row), {"remove": ""}).status_code == 422
    assert mails() == ["factor_added", "factor_added", "factor_removed"]


def test_what_ends_with_the_person_is_their_passkeys(person: User) -> None:
    enrolled(person)
    person.delete()
    assert not Passkey.objects.exists()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"passkey": "", "name": ""}, "could not be read"),
        ({"passkey": "x"}, "could not be read"),
        ({"passkey": "x", "name": "n" * 101}, "at most 100 characters"),
        ({"passkey": "x", "name": "a\u202eb"}, "U+202E"),
    ],
)
def test_what_is_refused_is_told(sign_in: SignIn, form: dict[str, str], words: str) -> None:
    answer = sign_in().post(PAGE, form)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not Passkey.objects.exists()


def test_who_has_as_many_as_one_can_have_is_offered_no_more(
    person: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(person)
    monkeypatch.setattr(passkeys, "MOST", 1)
    assert "data-passkey" not in sign_in().get(PAGE).content.decode()


def test_the_pages_ask_as_little_as_they_can(person: User, sign_in: SignIn) -> None:
    _, row = enrolled(person)
    browser = sign_in()
    LoginSession.objects.update(methods=["passkey"], amr=["pop", "user", "mfa"], acr="phr")
    for page, most in ((PAGE, 3), (one(row), 2), (OFFER, 2)):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page).status_code == 200
        assert len(captured) <= most, (page, [query["sql"] for query in captured])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="its one writer makes the others wait longer than they do")
@pytest.mark.django_db(transaction=True)
def test_of_two_last_passkeys_that_are_removed_at_once_one_stays(person: User) -> None:
    without_password(person)
    rows = [enrolled(person)[1] for _ in range(2)]

    def remove(row: Passkey) -> Callable[[Callable[[], object]], bool]:
        def at(gate: Callable[[], object]) -> bool:
            connection.ensure_connection()
            gate()
            try:
                return changes.remove(person, row.pk, None)
            except changes.LastWay:
                return False
            finally:
                connection.close()

        return at

    assert sorted(at_once([remove(row) for row in rows])) == [False, True]
    assert Passkey.objects.count() == 1


# --- the offer


@pytest.fixture
def led(person: User) -> Any:
    """Where a sign-in leads in a browser on a device that keeps passkeys."""

    def signed_in(browser: Client, **more: str) -> str:
        form = {"login": "alice", "password": PASSWORD, "next": "/x", "passkeys_here": "1"}
        answer = browser.post(LOGIN, form | more)
        location: str = answer["Location"]
        return location

    return signed_in


def test_who_signs_in_by_password_is_offered_a_passkey_once(led: Any, client: Client) -> None:
    assert led(client) == f"{OFFER}?next=%2Fx"
    page = client.get(f"{OFFER}?next=/x")
    assert 'href="/x">Not now</a>' in page.content.decode()
    assert page.cookies[COOKIE]["httponly"]
    client.post("/accounts/logout/")
    assert led(client) == "/x"
    assert led(Client(), passkeys_here="") == "/x", "the device keeps none"


def test_who_signs_in_by_password_and_app_is_offered_one_too(person: User, led: Any, client: Client) -> None:
    app = add_app(person)
    step = led(client, next="/oauth2/applications")
    answer = client.post(step, {"code": app.code(), "passkeys_here": "1", "next": "/oauth2/applications"})
    assert (answer.status_code, answer["Location"]) == (303, f"{OFFER}?next=%2Foauth2%2Fapplications")
    assert client.get(answer["Location"]).status_code == 200


def test_who_used_a_recovery_code_is_told_of_those_and_is_offered_none(person: User, led: Any, client: Client) -> None:
    app = add_app(person)
    step = f"{led(client, next='/x')}&recovery=1"
    answer = client.post(step, {"code": app.recovery_codes[0], "passkeys_here": "1"})
    assert (answer.status_code, answer["Location"]) == (303, "/x")


def test_who_takes_the_offer_goes_on_and_signs_in_by_it(led: Any, client: Client) -> None:
    led(client)
    device = Authenticator()
    page = client.get(f"{OFFER}?next=/x")
    answer = client.post(OFFER, {"passkey": made(page, device), "next": "/x"})
    assert (answer.status_code, answer["Location"]) == (303, "/x")
    other = Client()
    used(other, device)
    assert who(other) == "alice"
    assert led(Client()) == "/x", "they have one"


def test_an_offer_that_fails_is_told_and_is_still_there(led: Any, client: Client) -> None:
    led(client)
    answer = client.post(OFFER, {"passkey": "{}", "next": "/x"})
    assert (answer.status_code, "could not be read" in answer.content.decode()) == (422, True)
    assert 'href="/x">Not now</a>' in answer.content.decode()


def test_an_issuer_without_a_name_offers_none(led: Any, client: Client, settings: Settings) -> None:
    settings.ISSUER = "http://127.0.0.1:8000"
    assert led(client) == "/x"
    assert client.get("/.well-known/passkey-endpoints").json() == {}
    assert configured.ISSUER == settings.ISSUER
