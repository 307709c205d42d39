"""A passkey opens the admin's gate as the password does."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts import sessions
from accounts.ground import clock
from accounts.models import LoginSession, PeopleGroup, User
from tests.accounts.passkeys import enrolled
from tests.support.authenticator import FLAG, PRESENT_AND_VERIFIED
from tests.support.people import PASSWORD

ADD = "/admin/accounts/peoplegroup/add/"
BAKERS = {"name": "bakers", "description": "they bake"}


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.org", PASSWORD)


@pytest.fixture
def browser(root: User, client: Client) -> Client:
    """Signed in a while ago."""
    client.post("/accounts/login/", {"login": "root", "password": PASSWORD})
    LoginSession.objects.update(auth_time=clock.now() - 2 * sessions.RECENT)
    return client


def options(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.context["passkey_options"])
    return found


@pytest.mark.parametrize("has_password", [True, False])
def test_what_was_typed_is_kept_and_goes_with_the_passkey(root: User, browser: Client, has_password: bool) -> None:
    device, _ = enrolled(root)
    if not has_password:
        root.set_unusable_password()
        User.objects.filter(pk=root.pk).update(password=root.password)
    page = browser.post(ADD, BAKERS)
    assert (page.status_code, "confirm-password" in page.content.decode()) == (403, has_password)
    device.flags = FLAG.UP
    page = browser.post(ADD, {**BAKERS, "passkey": device.get(options(page))})
    text = page.content.decode()
    assert (page.status_code, "was not accepted" in text, text.count('name="passkey"')) == (422, True, 1)
    assert 'name="name" value="bakers"' in text
    device.flags = PRESENT_AND_VERIFIED
    assert browser.post(ADD, {**BAKERS, "passkey": device.get(options(page))}).status_code == 302
    assert PeopleGroup.objects.get().description == "they bake"
    assert LoginSession.objects.get().methods == ["password", "passkey"]


def test_another_persons_passkey_opens_nothing(root: User, browser: Client) -> None:
    enrolled(root)
    device, _ = enrolled(User.objects.create_user("bob", "bob@example.org", PASSWORD))
    page = browser.post(ADD, BAKERS)
    assert browser.post(ADD, {**BAKERS, "passkey": device.get(options(page))}).status_code == 422
    assert not PeopleGroup.objects.exists()


@pytest.mark.parametrize("form", [{"confirm-password": ""}, {"confirm-password": PASSWORD}, {"passkey": "{}"}])
def test_who_has_neither_gets_nowhere(root: User, browser: Client, form: dict[str, str]) -> None:
    root.set_unusable_password()
    User.objects.filter(pk=root.pk).update(password=root.password)
    assert browser.post(ADD, {**BAKERS, **form}).status_code == 422
    assert not PeopleGroup.objects.exists()
