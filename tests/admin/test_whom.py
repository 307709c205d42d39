"""Whose account somebody may change: nobody one whose rights are more than their own, whichever way."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.test import Client as Browser

from accounts import rights
from accounts.admin import acts
from accounts.models import LoginSession, Passkey, PeopleGroup, ResetLink, User
from accounts.sign_in import guesses, reset_links
from accounts.sign_in.throttled import Throttled
from tests.accounts.passkeys import enrolled
from tokens import models
from tokens.protocol import journal

ALL_OF_PEOPLE = (
    *("view_user", "add_user", "change_user", "delete_user", "disable_user", "reset_user"),
    "remove_factors_user",
    *("change_loginsession", "view_loginsession", "view_peoplegroup"),
    *("view_authorization", "delete_authorization", "view_consent", "delete_consent"),
)
"""What is granted to who may do all that can be done with people, and is no superuser."""
USER = "/admin/accounts/user/"
DAY = timedelta(days=1)
NEW = "nine quiet herons by the water"


def granted(user: User, *codenames: str) -> User:
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return user


def staff(name: str, *codenames: str, **columns: Any) -> User:
    return granted(User.objects.create_user(name, is_staff=True, **columns), *codenames)


WHO: Mapping[str, Callable[[], User]] = {
    "user manager": lambda: staff("manager", *ALL_OF_PEOPLE),
    "superuser": lambda: User.objects.create_superuser("root"),
}
WHOM: Mapping[str, tuple[Callable[[User], User], bool]] = {
    "a person": (lambda _: User.objects.create_user("alice"), True),
    "a person, disabled": (lambda _: User.objects.create_user("alice", is_active=False), True),
    "staff with less": (lambda _: staff("alice", "view_user"), True),
    "staff with the same": (lambda _: staff("alice", *ALL_OF_PEOPLE), True),
    "themselves": (lambda who: who, True),
    "staff with other rights": (lambda _: staff("alice", "view_client"), False),
    "a person with rights, no staff": (lambda _: granted(User.objects.create_user("alice"), "view_client"), False),
    "one of a role": (lambda _: _in_role(), False),
    "disabled staff with other rights": (lambda _: staff("alice", "view_client", is_active=False), False),
    "a superuser": (lambda _: User.objects.create_superuser("alice"), False),
    "a disabled superuser": (lambda _: User.objects.create_superuser("alice", is_active=False), False),
    "a superuser, no staff": (lambda _: User.objects.create_superuser("alice", is_staff=False), False),
}
"""Whether a user manager may change them; a superuser may change all."""


def _in_role() -> User:
    user = User.objects.create_user("alice", is_staff=True)
    user.groups.add(Group.objects.get(name="client manager"))
    return user


@dataclass(frozen=True, slots=True)
class Way:
    """How it is tried, and whether it was done."""

    send: Callable[[Browser, User], object]
    done: Callable[[User], bool]


def listed(action: str, **more: str) -> Callable[[Browser, User], object]:
    return lambda browser, user: browser.post(USER, {"action": action, "_selected_action": [str(user.pk)], **more})


def page(name: str, form: Mapping[str, Any]) -> Callable[[Browser, User], object]:
    return lambda browser, user: browser.post(f"{USER}{user.pk}/{name}/", form)


def form(user: User, **changes: Any) -> dict[str, Any]:
    """The form of a person as it is shown, without rights."""
    active = {"is_active": "on"} if user.is_active else {}
    return {"username": user.username, "email": user.email, "attributes": "{}", **active, **changes}


def changed(**changes: Any) -> Callable[[Browser, User], object]:
    return lambda browser, user: browser.post(f"{USER}{user.pk}/change/", form(user, **changes))


def ended(user: User) -> bool:
    return LoginSession.objects.get(user=user, device="theirs").ended_at is not None


def of_sessions(browser: Browser, user: User) -> object:
    sid = LoginSession.objects.get(user=user, device="theirs").pk
    return browser.post("/admin/accounts/loginsession/", {"action": "end_sessions", "_selected_action": [sid]})


def given(model: str, action: str) -> Callable[[Browser, User], object]:
    form = {"action": action}
    return lambda browser, user: browser.post(f"/admin/tokens/{model}/", {**form, "_selected_action": [f"0.{user.pk}"]})


def revoked(user: User) -> bool:
    return models.Revocation.objects.filter(key=journal.authorization(f"0.{user.pk}")).exists()


PASSWORDS = {"usable_password": "true", "password1": NEW, "password2": NEW}
WAYS: Mapping[str, Way] = {
    "address": Way(changed(email="x@example.org"), lambda user: user.email == "x@example.org"),
    "group of people": Way(changed(people_groups=["hatters"]), lambda user: user.people_groups.exists()),
    "password": Way(page("password", PASSWORDS), lambda user: user.check_password(NEW)),
    "no password": Way(
        page("password", {"usable_password": "false", "unset-password": "x"}),
        lambda user: not user.has_usable_password(),
    ),
    "reset link": Way(page("reset_link", {}), lambda user: ResetLink.objects.filter(user=user).exists()),
    "wrong passwords": Way(page("forgive", {}), lambda user: not guesses.counted(str(user.pk))),
    "factors": Way(page("remove_factors", {}), lambda user: not Passkey.objects.filter(user=user).exists()),
    "sessions": Way(page("end_sessions", {}), ended),
    "sessions, in the list": Way(listed("end_sessions"), ended),
    "sessions, in their own list": Way(of_sessions, ended),
    "authorization": Way(given("authorization", "revoke"), revoked),
    "consent": Way(
        given("consent", "withdraw"), lambda user: not models.Consent.objects.filter(subject=user.pk).exists()
    ),
    "disable": Way(page("disable", {}), lambda user: not user.is_active),
    "disable, in the list": Way(listed("disable"), lambda user: not user.is_active),
    "disable, by the form": Way(
        lambda browser, user: browser.post(f"{USER}{user.pk}/change/", form(user, is_active="")),
        lambda user: not user.is_active,
    ),
    "enable": Way(page("enable", {}), lambda user: user.is_active),
    "enable, in the list": Way(listed("enable"), lambda user: user.is_active),
    "deletion": Way(page("delete", {"post": "yes"}), lambda user: not User.objects.filter(pk=user.pk).exists()),
    "deletion, in the list": Way(
        listed("delete_selected", post="yes"), lambda user: not User.objects.filter(pk=user.pk).exists()
    ),
}


def prepared(way: str, user: User) -> User:
    """As it has to be for the way to change anything."""
    PeopleGroup.objects.get_or_create(name="hatters")
    if way.startswith(("enable", "disable")):
        User.objects.filter(pk=user.pk).update(is_active=way.startswith("disable"))
    if way == "no password":
        user.set_password("something else entirely")
        User.objects.filter(pk=user.pk).update(password=user.password)
    if way == "factors":
        enrolled(user)
    if way == "wrong passwords":
        with suppress(Throttled):
            guesses.judge(None, user, user.username, "not the password")
    now = datetime.now(UTC)
    row = {"id": f"0.{user.pk}", "client_id": "0.a-client", "subject": user.pk, "scope": "openid", "expires": now + DAY}
    models.Consent.objects.create(**row, granted_at=now)
    dates = {"auth_time": now, "root_at": now, "kept_until": now + DAY}
    models.Authorization.objects.create(**row, **dates, acr="1", amr=["pwd"])
    with_session = Browser()
    with_session.force_login(user)
    LoginSession.objects.filter(user=user).update(device="theirs")
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("whom", WHOM)
def test_nobody_changes_a_row_whose_rights_are_more_than_their_own(who: str, whom: str, db: None) -> None:
    done, expected = {}, {}
    for way, each in WAYS.items():
        with transaction.atomic():
            acting = WHO[who]()
            make, allowed = WHOM[whom]
            user = prepared(way, make(acting))
            browser = Browser()
            browser.force_login(User.objects.get(pk=acting.pk))
            if not User.objects.get(pk=acting.pk).is_active:
                transaction.set_rollback(True)
                continue
            each.send(browser, user)
            there = User.objects.filter(pk=user.pk).first() or user
            done[way] = each.done(there)
            expected[way] = allowed or who == "superuser"
            transaction.set_rollback(True)
    assert done == expected


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time, and no lock of a row")
@pytest.mark.django_db(transaction=True)
def test_whom_it_is_done_to_is_held_while_they_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """So nobody is promoted between the judgement and the act, whichever way it is done."""
    browser, held, by_way = Browser(), list[bool](), {}
    browser.force_login(WHO["user manager"]())
    real = rights.exceed

    def judged(person: User, of: User) -> bool:
        held.append(is_held(person))
        return real(person, of)

    monkeypatch.setattr(rights, "exceed", judged)
    for number, (way, each) in enumerate(WAYS.items()):
        user = prepared(way, User.objects.create_user(f"alice{number}"))
        held.clear()
        each.send(browser, user)
        by_way[way] = any(held), each.done(User.objects.filter(pk=user.pk).first() or user)
    assert by_way == dict.fromkeys(WAYS, (True, True))


def is_held(user: User) -> bool:
    """Whether another connection would have to wait for the row."""

    def ask() -> bool:
        try:
            with transaction.atomic():
                return not User.objects.select_for_update(skip_locked=True).filter(pk=user.pk).exists()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(ask).result()


RIGHTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "is_superuser": lambda: {"is_superuser": "on"},
    "is_staff": lambda: {"is_staff": "on"},
    "groups": lambda: {"groups": [Group.objects.get(name="support").pk]},
    "user_permissions": lambda: {"user_permissions": [Permission.objects.get(codename="delete_client").pk]},
}


@pytest.mark.covers("CVE-2026-49448")
@pytest.mark.parametrize("name", RIGHTS)
@pytest.mark.parametrize(
    ("who", "whom"),
    [
        *(("user manager", whom) for whom in ("themselves", "a person", "a new person")),
        *(("superuser", whom) for whom in ("a person", "a new person")),
    ],
)
def test_rights_are_given_by_superusers_alone(who: str, whom: str, name: str, db: None) -> None:
    acting, browser = WHO[who](), Browser()
    browser.force_login(acting)
    if whom == "a new person":
        browser.post(f"{USER}add/", {"username": "alice", **PASSWORDS, **RIGHTS[name]()})
        user = User.objects.get(username="alice")
        assert rights.spelled(user) == "False False"
    else:
        user = acting if whom == "themselves" else User.objects.create_user("alice")
    before = rights.spelled(user)
    answer = browser.post(f"{USER}{user.pk}/change/", form(user, given_name="Alice", **RIGHTS[name]()))
    assert answer.status_code == 302, answer.content.decode()
    after = User.objects.get(pk=user.pk)
    assert (after.given_name, rights.spelled(after) != before) == ("Alice", who == "superuser")


def test_who_is_promoted_between_page_and_button_is_not_changed(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, user = Browser(), User.objects.create_user("alice")
    browser.force_login(WHO["user manager"]())
    real, calls = rights.exceed, []

    def late(person: User, of: User) -> bool:
        calls.append(person)
        return real(person, of)

    monkeypatch.setattr(rights, "exceed", late)
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    assert browser.post(f"{USER}{user.pk}/password/", PASSWORDS).status_code == 403
    assert calls
    assert not User.objects.get(pk=user.pk).check_password(NEW)


@pytest.mark.parametrize("later", ["is_superuser", "is_staff", "role", "permission"])
def test_a_link_gives_no_rights_that_came_after_it(later: str, db: None) -> None:
    user = User.objects.create_user("alice")
    link = parse_qs(urlsplit(reset_links.make(user, datetime.now(UTC))).query)["link"][0]
    if later == "role":
        user.groups.add(Group.objects.get(name="support"))
    elif later == "permission":
        granted(user, "view_client")
    else:
        User.objects.filter(pk=user.pk).update(**{later: True})
    assert reset_links.person_of(link, datetime.now(UTC)) is None
    assert reset_links.spend(link, NEW, datetime.now(UTC)) is None
    assert not User.objects.get(pk=user.pk).check_password(NEW)


@pytest.mark.parametrize("action", ["end_sessions", "disable", "enable", "delete_selected"])
def test_more_people_than_can_be_locked_at_once_are_refused_whole(
    action: str, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "MOST", 2)
    people = [User.objects.create_user(name, is_active=action != "enable") for name in ("alice", "bob", "carol")]
    browser = Browser()
    browser.force_login(WHO["superuser"]())
    before = list(User.objects.order_by("pk").values_list("pk", "is_active"))
    for chosen, done in ((people, False), (people[:2], True)):
        form = {"action": action, "post": "yes", "_selected_action": [str(user.pk) for user in chosen]}
        answer = browser.post(USER, form, follow=True)
        assert ("choose at most 2 at once" in answer.content.decode() or answer.status_code == 403) == (not done)
        after = list(User.objects.order_by("pk").values_list("pk", "is_active"))
        assert (after != before) == (done and action != "end_sessions")
