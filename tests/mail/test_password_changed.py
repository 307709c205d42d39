"""Whoever's password is changed is told, in whichever way it was changed, and only if it was."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Mail, User
from accounts.sign_in import reset_links
from tests.mail.ways import work
from tests.servers.smtp import Smtp
from tests.support.people import PASSWORD

NEW, WEAK = "nine quiet herons by the water", "password"
Change = Callable[[User, str], None]


def _browser(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend="accounts.sign_in.backends.PasswordBackend")
    return browser


def _by_themselves(alice: User, password: str) -> None:
    browser = Client()
    browser.post(reverse("sign_in"), {"login": "alice", "password": PASSWORD})
    browser.post(reverse("change_password"), {"current_password": PASSWORD, "new_password": password})


def _by_a_link(alice: User, password: str) -> None:
    [link] = parse_qs(urlsplit(reset_links.make(alice, timezone.now())).query)["link"]
    Client().post(reverse("new_password"), {"link": link, "password": password})


def _by_staff(alice: User, password: str) -> None:
    root = User.objects.create_superuser("root", "root@example.org", PASSWORD)
    page = reverse("admin:auth_user_password_change", args=[alice.pk])
    browser = _browser(root)
    browser.post(reverse("reauthenticate"), {"password": PASSWORD})
    browser.post(page, {"password1": password, "password2": password, "usable_password": "true"})


WAYS: Mapping[str, Change] = {
    "who was signed in": _by_themselves,
    "by a link": _by_a_link,
    "by the people who run": _by_staff,
}


@pytest.mark.parametrize("words", [*WAYS])
def test_the_person_is_told_how_their_password_was_changed(server: Smtp, alice: User, words: str) -> None:
    WAYS[words](alice, NEW)
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert work() == {"ended": 0, "sent": 1}
    [message] = server.mails()
    assert message["To"] == "alice@example.org"
    assert words in str(message.get_body(("plain",)))


@pytest.mark.parametrize("words", [*WAYS])
def test_nobody_is_told_of_a_password_that_was_not_taken(server: Smtp, alice: User, words: str) -> None:
    WAYS[words](alice, WEAK)
    assert not Mail.objects.exists()
