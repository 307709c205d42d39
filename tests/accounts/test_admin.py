"""The admin: entered through our sign-in, people and their sessions in it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts import sessions
from accounts.admin.forms import NewPasswordForm
from accounts.admin.login_sessions import STATES, VOID
from accounts.admin.people import UserAdmin
from accounts.claims import COLUMNS, person_of
from accounts.models import LoginSession, Mail, Over, User
from tests.accounts.signed_in import SignIn, who
from tests.accounts.way_back import offered_mail
from tests.support.people import PASSWORD

__all__ = ["offered_mail"]


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
    assert answer.status_code == 303, answer.content.decode()
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


def off(person: User) -> None:
    person.is_active = False
    person.save()


def off_and_on(person: User) -> None:
    off(person)
    person.is_active = True
    person.save()


ENDS: dict[str, Callable[[User], object]] = {
    "ended": lambda person: LoginSession.objects.filter(user=person).update(ended_at=timezone.now()),
    "disabled": off,
    "changed": off_and_on,
    "expired": lambda person: LoginSession.objects.filter(user=person).update(expires=timezone.now()),
    "idle": lambda person: LoginSession.objects.filter(user=person).update(
        last_seen=timezone.now() - timedelta(hours=2)
    ),
}


@pytest.mark.parametrize("cause", ENDS)
def test_the_state_of_a_session_is_what_a_request_with_it_meets(
    cause: Over, root: Client, person: User, sign_in: SignIn
) -> None:
    browser = sign_in()
    assert states(root, person) == {str(STATES[None])}
    ENDS[cause](User.objects.get(pk=person.pk))
    assert states(root, person) == {str(STATES[cause])}
    assert who(browser) is None


def test_a_session_from_before_everything_was_voided_is_shown_as_such(
    root: Client, person: User, sign_in: SignIn
) -> None:
    browser = sign_in()
    sessions.void_until(LoginSession.objects.get(user=person).root_at)
    LoginSession.objects.filter(user__username="root").update(root_at=timezone.now())
    assert states(root, person) == {str(VOID)}
    assert who(browser) is None


def states(root: Client, person: User) -> set[str]:
    """What the list and the page say of the person's one session."""
    pk = LoginSession.objects.get(user=person).pk.replace("_", "_5F")
    pages = ("/admin/accounts/loginsession/?q=alice", f"/admin/accounts/loginsession/{pk}/change/")
    texts = [root.get(page).content.decode() for page in pages]
    return {str(state) for text in texts for state in (*STATES.values(), VOID) if f">{state}<" in text}


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


def test_an_administrator_writes_only_what_they_changed(
    root: Client, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = UserAdmin.save_model

    def after_another(*args: Any) -> None:
        User.objects.filter(pk=person.pk).update(is_active=False, given_name="Alice")
        real(*args)

    monkeypatch.setattr(UserAdmin, "save_model", after_another)
    form = {"username": "alicia", "email": "Alice@Example.org", "name": "Alicia", "is_active": "on"}
    answer = root.post(f"/admin/accounts/user/{person.pk}/change/", form)
    assert answer.status_code == 302, answer.content.decode()
    row = User.objects.get(pk=person.pk)
    assert (row.username, row.username_key, row.name) == ("alicia", "alicia", "Alicia")
    assert (row.is_active, row.given_name) == (False, "Alice")
    assert row.updated_at > person.updated_at


def test_every_claim_can_be_set_on_a_persons_page(root: Client, person: User) -> None:
    columns = {*COLUMNS} - {"updated_at"}
    page = root.get(f"/admin/accounts/user/{person.pk}/change/").content.decode()
    assert {name for name in columns if f'name="{name}"' not in page} == set()


def test_groups_of_people_and_attributes_are_given_on_a_persons_page(root: Client, person: User) -> None:
    add = "/admin/accounts/peoplegroup/add/"
    assert root.post(add, {"name": "hatters", "description": "Of the tea party"}).status_code == 302
    assert "Letters, digits" in root.post(add, {"name": "a,b"}).content.decode()
    url = f"/admin/accounts/user/{person.pk}/change/"
    form = {"username": "alice", "email": "Alice@Example.org", "is_active": "on", "people_groups": ["hatters"]}
    assert root.post(url, {**form, "attributes": '{"department": "Tea"}'}).status_code == 302
    row = User.objects.get(pk=person.pk)
    assert ([group.name for group in row.people_groups.all()], row.attributes) == (["hatters"], {"department": "Tea"})
    assert "An attribute is" in root.post(url, {**form, "attributes": '{"a": {"b": 1}}'}).content.decode()
    page = root.get("/admin/accounts/peoplegroup/hatters/change/").content.decode()
    assert "alice" in page
    assert 'name="name"' not in page
    root.post("/admin/accounts/peoplegroup/hatters/delete/", {"post": "yes"})
    assert not User.objects.get(pk=person.pk).people_groups.exists()


@pytest.mark.parametrize("text", ["", "null", "[]", '""', "{}"])
def test_no_attributes_are_an_empty_object_however_that_is_typed(root: Client, person: User, text: str) -> None:
    held = {"department": "Tea"}
    User.objects.update(attributes=held)
    form = {"username": "alice", "is_active": "on", "attributes": text, "initial-attributes": json.dumps(held)}
    answer = root.post(f"/admin/accounts/user/{person.pk}/change/", form)
    known = person_of(str(person.pk))
    assert known is not None
    assert (answer.status_code, known.attributes) == (302, {})


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        '{"a": ' + "9" * 5000 + "}",
        '{"a": "\\ud800"}',
        '{"a": "\\u0000"}',
        '{"a": 1e400}',
        '{"a": null}',
        "{",
    ],
)
def test_attributes_that_cannot_be_stored_are_shown_again_as_they_were_typed(
    root: Client, person: User, text: str
) -> None:
    url = f"/admin/accounts/user/{person.pk}/change/"
    answer = root.post(url, {"username": "alice", "is_active": "on", "attributes": text})
    assert (answer.status_code, escape(text) in answer.content.decode()) == (200, True)
    assert User.objects.get(pk=person.pk).attributes == {}


def test_a_new_address_is_not_verified_though_the_box_was_ticked_for_the_old_one(root: Client, person: User) -> None:
    User.objects.filter(pk=person.pk).update(email_verified=True)
    url = f"/admin/accounts/user/{person.pk}/change/"
    form = {"username": "alice", "email": "alice@example.net", "email_verified": "on", "is_active": "on"}
    page = root.post(url, form, follow=True).content.decode()
    assert "E-mail address: the new one is not verified" in page
    assert not User.objects.get(pk=person.pk).email_verified
    assert "not verified" not in root.post(url, form, follow=True).content.decode()
    assert User.objects.get(pk=person.pk).email_verified


def test_an_address_that_the_admin_changes_moves_a_name_that_it_was_and_both_are_told(
    offered_mail: None, root: Client, person: User
) -> None:
    old, new = "alice@example.org", "alice@example.net"
    person.username, person.email, person.email_verified = old, old, True
    person.save()
    url = f"/admin/accounts/user/{person.pk}/change/"
    form = {"username": old, "email": new, "email_verified": "on", "is_active": "on"}
    assert root.post(url, form).status_code == 302
    row = User.objects.get(pk=person.pk)
    assert (row.username, row.username_key, row.email, row.email_verified) == (new, new, new, False)
    assert [mail.recipient for mail in Mail.objects.all()] == [old]
    assert root.post(url, form | {"username": new}).status_code == 302
    assert sorted(mail.recipient for mail in Mail.objects.filter(kind="address_changed")) == [new, old]
    assert root.post(url, form | {"username": new, "name": "Alice"}).status_code == 302
    assert Mail.objects.count() == 2, "nothing of it changed"


def test_a_name_of_its_own_stays_when_the_admin_changes_the_address(root: Client, person: User) -> None:
    url = f"/admin/accounts/user/{person.pk}/change/"
    assert root.post(url, {"username": "alice", "email": "alice@example.net", "is_active": "on"}).status_code == 302
    assert User.objects.get(pk=person.pk).username == "alice"


def test_a_password_set_in_the_admin_ends_the_sessions_and_gives_back_no_right(
    root: Client, person: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in()
    real = NewPasswordForm.save

    def after_another(form: NewPasswordForm, commit: bool = True) -> User:
        User.objects.filter(pk=person.pk).update(is_staff=True)
        return real(form, commit)

    monkeypatch.setattr(NewPasswordForm, "save", after_another)
    form = {"usable_password": "true", "password1": "something else entirely", "password2": "something else entirely"}
    assert root.post(f"/admin/accounts/user/{person.pk}/password/", form).status_code == 303
    row = User.objects.get(pk=person.pk)
    assert row.check_password("something else entirely")
    assert row.is_staff
    assert who(browser) is None


@pytest.mark.parametrize(
    "query",
    [
        "user/?created__year=99999999999",
        "user/?username__regex=",
        "user/?username__regex=(",
        "user/?id=zz",
        "user/?password__startswith=a",
        "user/?login_sessions__sid__startswith=0",
        "loginsession/?expires__year=0",
        "loginsession/?ended_at__gte=0001-01-01+00:00:00%2B14:00",
        "loginsession/?user__password__startswith=a",
        "loginsession/?sid__regex=(",
    ],
)
def test_the_lists_answer_no_question_but_those_of_their_filters(root: Client, query: str) -> None:
    assert root.get(f"/admin/accounts/{query}").status_code == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("user/?is_active__exact=1&is_staff__exact=0&is_superuser__exact=0", 200),
        ("user/?is_active__exact=zz", 302),
        ("loginsession/?ended_at__isempty=1&remembered__exact=0", 200),
        ("loginsession/?ended_at__isempty=zz", 302),
    ],
)
def test_the_filters_of_the_lists_work(root: Client, query: str, status: int) -> None:
    assert root.get(f"/admin/accounts/{query}").status_code == status


@pytest.mark.parametrize("action", ["end_sessions", "delete_selected"])
@pytest.mark.parametrize("selected", ["zz", "", "\x00", "-" * 5000])
def test_what_is_no_id_selects_nobody(root: Client, action: str, selected: str) -> None:
    form = {"action": action, "_selected_action": [selected]}
    assert root.post("/admin/accounts/user/", form).status_code == 400


def test_the_admin_shows_no_model_of_our_libraries() -> None:
    assert {model._meta.app_label for model in admin.site._registry} <= {"accounts", "tokens"}


def test_nobody_is_offered_rights_to_what_has_no_page() -> None:
    ours = [model for app in ("accounts", "tokens") for model in apps.get_app_config(app).get_models()]
    assert [model for model in ours if model._meta.default_permissions and not admin.site.is_registered(model)] == []
    assert [model for model in ours if admin.site.is_registered(model) and not model._meta.default_permissions] == []


def test_the_admin_keeps_to_the_policy(root: Client) -> None:
    policy = root.get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert policy.endswith("form-action 'self'")
