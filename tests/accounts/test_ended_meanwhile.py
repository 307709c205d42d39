"""What ends an account or a sign-in while its password is being checked, at every page that checks one."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import sessions
from accounts.ground import clock
from accounts.models import LoginSession, User
from tests.accounts.signed_in import who
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
"""Foreign keys are judged at the end of a transaction."""
OTHER = "something else entirely"
ADD = {"username": "made", "email": "", "usable_password": "false", "confirm-password": PASSWORD}


def _disabled(user: User) -> None:
    user.is_active = False
    user.save()


def _changed(user: User) -> None:
    user.set_password(OTHER)
    user.save()


MEANWHILE: Mapping[str, Callable[[User], object]] = {
    "deleted": User.delete,
    "disabled": _disabled,
    "another password": _changed,
    "signed out everywhere": sessions.end_all,
}
PAGES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "sign-in": ("/accounts/login/", {"login": "alice", "password": PASSWORD}),
    "the password again": ("/accounts/reauthenticate/", {"password": PASSWORD}),
    "another password": (
        "/accounts/password/change/",
        {"current_password": PASSWORD, "new_password": "an old tin whistle"},
    ),
    "the admin's gate": ("/admin/accounts/user/add/", ADD),
}


@pytest.fixture
def alice() -> User:
    return User.objects.create_superuser("alice", "alice@example.org", PASSWORD)


def overtaken(monkeypatch: pytest.MonkeyPatch, alice: User, meanwhile: Callable[[User], object]) -> None:
    """From now on it happens when a password was found to be right."""
    real = User.check_password

    def checked(user: User, raw_password: str | None) -> bool:
        right = real(user, raw_password)
        monkeypatch.setattr(User, "check_password", real)
        meanwhile(User.objects.get(pk=alice.pk))
        return right

    monkeypatch.setattr(User, "check_password", checked)


@pytest.mark.parametrize("what", MEANWHILE)
@pytest.mark.parametrize("page", PAGES)
def test_nobody_is_signed_in_by_what_is_over_and_nothing_is_an_error_of_ours(
    alice: User, monkeypatch: pytest.MonkeyPatch, page: str, what: str
) -> None:
    path, form = PAGES[page]
    browser = Client()
    if page != "sign-in":
        browser.force_login(alice)
        LoginSession.objects.update(auth_time=clock.now() - timedelta(minutes=20))
    overtaken(monkeypatch, alice, MEANWHILE[what])
    answer: Any = browser.post(path, form)
    assert answer.status_code in (303, 403)
    # A sign-in that began after the others were ended is a new one.
    assert who(browser) == ("alice" if (page, what) == ("sign-in", "signed out everywhere") else None)
    assert not User.objects.filter(username="made").exists()


def test_who_was_signed_out_meanwhile_is_told_so_and_led_on(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client()
    browser.force_login(alice)
    overtaken(monkeypatch, alice, sessions.end_all)
    answer = browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/oauth2/authorize?x=1"})
    assert answer.status_code == 403
    assert "You are signed out" in answer.content.decode()
    assert 'href="/accounts/reauthenticate/?next=%2Foauth2%2Fauthorize%3Fx%3D1"' in answer.content.decode()


def test_a_password_that_is_changed_where_the_sign_in_ended_meanwhile_ends_all_others_too(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, elsewhere = Client(), Client()
    for each in (browser, elsewhere):
        each.force_login(alice)
    sid = browser.session["sid"]
    overtaken(monkeypatch, alice, lambda _: sessions.end(sid))
    path, form = PAGES["another password"]
    browser.post(path, form)
    assert User.objects.get().check_password(form["new_password"])
    assert (who(browser), who(elsewhere)) == (None, None)
    assert not LoginSession.objects.filter(ended_at=None).exists()
