"""The cookie that says of a browser that somebody signed in there before: whose guesses are counted apart by it."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.core import signing
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.sign_in.known_devices import LENGTH, LIFETIME, MOST, device_of, remember
from tests.accounts.signed_in import SignIn, who
from tests.support.people import PASSWORD

COOKIE = django_settings.DEVICE_COOKIE_NAME
LOGIN, REAUTHENTICATE, CHANGE = "/accounts/login/", "/accounts/reauthenticate/", "/accounts/password/change/"
NEW = "a new and quite long passphrase"


def knows(browser: Client, user: User) -> bool:
    """Whether the browser is a known one of the person's."""
    user.refresh_from_db()
    request = RequestFactory().get("/")
    request.COOKIES = {name: cookie.value for name, cookie in browser.cookies.items()}
    return device_of(request, user) is not None


def given(text: str, user: User) -> str | None:
    """What a browser that sends this cookie is taken for."""
    request = RequestFactory().get("/")
    request.COOKIES = {COOKIE: text}
    return device_of(request, user)


def cookie(*users: User, before: str = "") -> str:
    """The cookie of a browser in which these signed in, in turn."""
    for user in users:
        request, response = RequestFactory().get("/"), HttpResponse()
        request.COOKIES = {COOKIE: before}
        remember(request, response, user)
        before = response.cookies[COOKIE].value
    return before


@pytest.mark.covers("S67 HttpOnly", "S67 SameSite", "S67 opaque")
def test_the_cookie_is_for_us_alone_and_tells_nobody_whose_it_is(person: User, sign_in: SignIn) -> None:
    morsel = sign_in().cookies[COOKIE]
    assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["domain"]) == (True, "Lax", "/", "")
    assert morsel["max-age"] == LIFETIME.total_seconds()
    device, [mark] = signing.loads(morsel.value, salt="accounts.sign_in.known_devices")
    other_device, [other_mark] = signing.loads(sign_in().cookies[COOKIE].value, salt="accounts.sign_in.known_devices")
    assert len({device, other_device, mark, other_mark}) == 4
    assert str(person.pk)[:8] not in morsel.value + mark


@pytest.mark.parametrize("path", [LOGIN, REAUTHENTICATE, CHANGE])
@pytest.mark.parametrize("password", ["", "wrong", PASSWORD])
def test_a_session_alone_makes_no_browser_known(person: User, path: str, password: str) -> None:
    browser = Client()
    browser.force_login(person)
    browser.post(path, {"login": "alice", "password": password, "current_password": password, "new_password": NEW})
    # Who is signed in is led on from the sign-in page, whatever they typed there.
    assert knows(browser, person) == (path != LOGIN and password == PASSWORD)


def test_a_right_password_makes_a_browser_known_and_a_wrong_one_does_not(person: User) -> None:
    browser = Client()
    assert browser.get(LOGIN).status_code == 200
    browser.post(LOGIN, {"login": "alice", "password": "wrong"})
    assert COOKIE not in browser.cookies
    browser.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert knows(browser, person)
    del browser.cookies[COOKIE]
    browser.post(REAUTHENTICATE, {"password": PASSWORD})
    assert knows(browser, person)
    browser.post("/accounts/logout/")
    assert (who(browser), knows(browser, person)) == (None, True)


def test_a_switched_off_account_makes_no_browser_known(person: User) -> None:
    person.is_active = False
    person.save()
    browser = Client()
    assert browser.post(LOGIN, {"login": "alice", "password": PASSWORD})["Location"] == "/accounts/inactive/"
    assert COOKIE not in browser.cookies


def test_with_the_password_all_devices_are_unknown_but_the_one_that_changed_it(person: User, sign_in: SignIn) -> None:
    here, elsewhere = sign_in(), sign_in()
    answer = here.post(CHANGE, {"current_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 303
    assert (knows(here, person), knows(elsewhere, person)) == (True, False)


def test_a_browser_is_known_to_each_who_signed_in_there_and_to_nobody_else(person: User) -> None:
    others = [User.objects.create_user(f"other{number}") for number in range(MOST + 1)]
    text = cookie(person, others[0], person)
    device = given(text, person)
    assert device is not None
    assert [given(text, other) for other in others[:2]] == [device, None]
    full = cookie(*others[1:], person, before=text)
    assert [other for other in others if given(full, other) is None] == others[:2], "the newest stay"
    assert given(full, person) == device
    assert len(full) <= LENGTH


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "x",
        "x:y:z",
        ":::",
        "\ud800",
        "\x00",
        "e30:1:1",
        "x" * (LENGTH + 1),
        "{}x",
        "x{}",
        "{}" + " " * LENGTH,
        "sessionid",
    ],
)
def test_what_we_did_not_sign_makes_nobody_known(person: User, bad: str) -> None:
    text = cookie(person)
    assert given(text, person) is not None
    assert given(bad.format(text) if "{}" in bad else bad, person) is None


def test_what_we_signed_for_something_else_makes_nobody_known(person: User) -> None:
    device, marks = signing.loads(cookie(person), salt="accounts.sign_in.known_devices")
    assert given(signing.dumps([device, marks], salt="another"), person) is None


def test_a_device_is_forgotten_half_a_year_after_the_last_sign_in(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = 2_000_000_000
    monkeypatch.setattr("django.core.signing.time.time", lambda: noted)
    text = cookie(person)
    for age, known in ((LIFETIME, True), (LIFETIME + timedelta(seconds=1), False)):
        monkeypatch.setattr("django.core.signing.time.time", lambda age=age: noted + age.total_seconds())
        assert (given(text, person) is not None) is known
    later = cookie(person, before=text)
    assert given(later, person) != given(text, person), "it is a new one"


def test_a_secret_key_that_is_changed_leaves_devices_known_while_the_old_one_is_accepted(
    person: User, settings: Settings
) -> None:
    text = cookie(person)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert given(text, person) is not None
    settings.SECRET_KEY_FALLBACKS = []
    assert given(text, person) is None


def test_the_cookie_signs_nobody_in(person: User, sign_in: SignIn) -> None:
    browser = Client()
    browser.cookies[COOKIE] = sign_in().cookies[COOKIE].value
    assert who(browser) is None
    assert browser.get(REAUTHENTICATE).status_code == 302
