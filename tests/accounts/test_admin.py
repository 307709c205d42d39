"""The admin: entered through our sign-in, people and their sessions in it."""

from urllib.parse import unquote

import pytest
from django.contrib import admin
from django.test import Client

from accounts.models import LoginSession, User
from tests.accounts.conftest import PASSWORD, SignIn, who


@pytest.fixture
def root(db: None) -> Client:
    User.objects.create_superuser("root", "root@example.org", PASSWORD)
    browser = Client()
    browser.post("/accounts/login/", {"login": "root", "password": PASSWORD})
    return browser


def test_the_admin_sends_strangers_to_our_sign_in_and_takes_them_back(db: None, client: Client) -> None:
    answer = client.get("/admin/accounts/user/", follow=True)
    assert [unquote(url) for url, _ in answer.redirect_chain] == [
        "/admin/login/?next=/admin/accounts/user/",
        "/accounts/login/?next=/admin/accounts/user/",
    ]


def test_the_admins_own_sign_in_form_takes_no_password(person: User, client: Client) -> None:
    User.objects.update(is_staff=True)
    answer = client.post("/admin/login/", {"username": "alice", "password": PASSWORD})
    assert (answer.status_code, who(client)) == (302, None)


def test_a_person_without_the_right_is_told_so(sign_in: SignIn) -> None:
    browser = sign_in()
    answer = browser.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "no right" in answer.content.decode()


def test_a_person_is_made_with_a_password_and_can_sign_in(root: Client) -> None:
    form = {"username": "carol", "email": "", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    answer = root.post("/admin/accounts/user/add/", form)
    assert answer.status_code == 302, answer.content.decode()
    browser = Client()
    browser.post("/accounts/login/", {"login": "carol", "password": PASSWORD})
    assert who(browser) == "carol"


def test_a_name_taken_in_another_spelling_is_an_error_of_the_form(root: Client) -> None:
    form = {"username": "ROOT", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    answer = root.post("/admin/accounts/user/add/", form)
    assert (answer.status_code, "is taken" in answer.content.decode()) == (200, True)


def test_people_are_found_and_shown(root: Client, person: User) -> None:
    assert "alice" in root.get("/admin/accounts/user/?q=ali").content.decode()
    page = root.get(f"/admin/accounts/user/{person.pk}/change/").content.decode()
    assert str(person.pk) in page


def test_sessions_are_shown_and_can_be_ended_but_not_edited(root: Client, person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    login = LoginSession.objects.get(user=person)
    assert "alice" in root.get("/admin/accounts/loginsession/").content.decode()
    assert root.get("/admin/accounts/loginsession/add/").status_code == 403
    action = {"action": "end_sessions", "_selected_action": [login.sid]}
    assert root.post("/admin/accounts/loginsession/", action).status_code == 302
    assert who(browser) is None


def test_every_session_of_a_person_can_be_ended(root: Client, person: User, sign_in: SignIn) -> None:
    browsers = [sign_in(), sign_in()]
    action = {"action": "end_sessions", "_selected_action": [str(person.pk)]}
    page = root.post("/admin/accounts/user/", action, follow=True).content.decode()
    assert "2 sessions were ended" in page
    assert [who(browser) for browser in browsers] == [None, None]
    assert who(root) == "root"


def test_switching_an_account_off_in_the_admin_signs_it_out(root: Client, person: User, sign_in: SignIn) -> None:
    browser = sign_in()
    form = {"username": "alice", "email": "Alice@Example.org", "name": "Alice"}
    answer = root.post(f"/admin/accounts/user/{person.pk}/change/", form)
    assert answer.status_code == 302, answer.content.decode()
    assert not User.objects.get(pk=person.pk).is_active
    assert who(browser) is None


def test_the_admin_shows_no_model_of_our_libraries() -> None:
    assert {model._meta.app_label for model in admin.site._registry} <= {"accounts", "tokens"}


def test_the_admin_keeps_to_the_policy(root: Client) -> None:
    policy = root.get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert policy.endswith("form-action 'self'")
