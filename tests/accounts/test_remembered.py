"""The names of whom a browser keeps signed in, to choose from on the sign-in page."""

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import User
from accounts.sign_in.remembered import LENGTH, MOST
from tests.accounts.authenticator import add_app, first_step
from tests.support.people import PASSWORD

COOKIE = django_settings.PEOPLE_COOKIE_NAME
LOGIN, LOGOUT = "/accounts/login/", "/accounts/logout/"
HEADING = "Signed in here before"


def sign_in(browser: Client, login: str = "alice", **form: str) -> None:
    assert browser.post(LOGIN, {"login": login, "password": PASSWORD, **form}).status_code == 303


def offered(browser: Client) -> list[str]:
    page = browser.get(LOGIN)
    names: list[str] = list(page.context["people"])
    assert (HEADING in page.content.decode()) == bool(names)
    return names


@pytest.mark.parametrize("login", ["alice", " ALICE", "alice@example.org"])
def test_who_asked_to_be_kept_signed_in_is_chosen_by_a_click_after_a_sign_out(person: User, login: str) -> None:
    browser = Client()
    sign_in(browser, login, remember="on")
    browser.post(LOGOUT)
    assert offered(browser) == ["alice"]
    led = browser.post(LOGIN, {"login": "alice", "next": "/authorize?x=1"})
    assert led.status_code == 303
    page = browser.get(led["Location"])
    assert (page.context["form"]["login"].value(), page.context["next"]) == ("alice", "/authorize?x=1")
    assert "people" not in page.context


def test_who_did_not_ask_is_not_named(person: User) -> None:
    browser = Client()
    sign_in(browser)
    assert COOKIE not in browser.cookies
    browser.post(LOGOUT)
    assert offered(browser) == []


def test_who_proved_a_second_factor_is_named_once_they_did(person: User) -> None:
    app, browser = add_app(person), Client()
    where = first_step(browser, remember="on")
    assert COOKIE not in browser.cookies
    assert browser.post(where, {"code": app.code()}).status_code == 303
    browser.post(LOGOUT)
    assert offered(browser) == ["alice"]


def test_the_last_few_are_named_the_last_one_first(person: User) -> None:
    browser = Client()
    for number in range(MOST + 1):
        User.objects.create_user(f"person{number}", password=PASSWORD)
        sign_in(browser, f"person{number}", remember="on")
        browser.post(LOGOUT)
    sign_in(browser, "person3", remember="on")
    browser.post(LOGOUT)
    assert offered(browser) == ["person3", "person5", "person4", "person2", "person1"]


def test_names_that_do_not_fit_are_left_out(db: None) -> None:
    browser, long = Client(), ["\u4e00" * 149 + letter for letter in "abcde"]
    for name in long:
        User.objects.create_user(name, password=PASSWORD)
        sign_in(browser, name, remember="on")
        browser.post(LOGOUT)
    assert len(browser.cookies[COOKIE].value) <= LENGTH
    assert offered(browser) == long[::-1][: len(offered(browser))] != []


def test_they_are_forgotten_on_request_and_the_person_goes_on(person: User) -> None:
    browser = Client()
    sign_in(browser, remember="on")
    browser.post(LOGOUT)
    answer = browser.post(LOGIN, {"forget": "1", "next": "/authorize?x=1"})
    assert (answer.status_code, answer["Location"]) == (303, f"{LOGIN}?next=%2Fauthorize%3Fx%3D1")
    assert offered(browser) == []


@pytest.mark.parametrize("text", ["", "x", '["mallory"]', "a.b", "\x00", "x" * (LENGTH + 1), "s1.", "\xff"])
def test_a_cookie_that_is_none_of_ours_names_nobody(db: None, text: str) -> None:
    browser = Client()
    browser.cookies[COOKIE] = text
    assert offered(browser) == []


def test_the_cookie_tells_nobody_a_name_and_is_for_us_alone(person: User) -> None:
    browser = Client()
    sign_in(browser, remember="on")
    cookie = browser.cookies[COOKIE]
    assert "alice" not in cookie.value
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


def test_what_a_name_is_made_of_stays_text(db: None) -> None:
    name, browser = "o.reilly+1_b-c", Client()
    User.objects.create_user(name, password=PASSWORD)
    sign_in(browser, name, remember="on")
    browser.post(LOGOUT)
    assert f'value="{name}"><span><bdi>{name}</bdi>' in browser.get(LOGIN).content.decode()


def test_the_box_says_what_it_keeps(client: Client, person: User) -> None:
    page = client.get(client.post(LOGIN, {"login": "alice"})["Location"]).content.decode()
    assert 'aria-describedby="id_remember_helptext"' in page
    assert '<div class="help" id="id_remember_helptext">Your name stays here, too' in page
