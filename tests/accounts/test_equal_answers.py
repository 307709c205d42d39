"""A wrong password is answered alike, and costs the same, whoever's name was typed, and nobody's."""

import re
from collections.abc import Callable, Mapping

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.accounts.authenticator import LOGIN, add_app
from tests.accounts.passkeys import enrolled

NAME = "a-name"
PERSONS_OWN = re.compile(r'(name="csrfmiddlewaretoken" value|data-options|<code)[=>].*?>|who=[^"&]*')
"""What is another one at each page."""


def _without_password(user: User) -> None:
    user.set_unusable_password()
    user.save()


STATES: Mapping[str, Callable[[User], object]] = {
    "plain": lambda user: None,
    "with an app": add_app,
    "with a passkey": enrolled,
    "switched off": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "without a password": _without_password,
    "staff": lambda user: User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True),
    "whose address is proven": lambda user: User.objects.filter(pk=user.pk).update(email_verified=True),
}


def answers(name: str) -> list[tuple[int, int, str]]:
    """Of each page the status, the statements, and the text but for the name."""
    browser, given = Client(REMOTE_ADDR="198.51.100.9"), []
    page = browser.post(LOGIN, {"login": name})["Location"]
    for sent in (None, {"login": name, "password": ""}, {"login": name, "password": "not the one of anybody"}):
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get(page) if sent is None else browser.post(LOGIN, {"asked": "password", **sent})
        given.append(
            (answer.status_code, len(captured), PERSONS_OWN.sub("", answer.content.decode()).replace(name, NAME))
        )
    return given


@pytest.mark.covers("S59 text")
@pytest.mark.sql("it counts its statements")
@pytest.mark.parametrize("state", STATES)
def test_whose_name_it_is_nobody_learns(person: User, state: str) -> None:
    STATES[state](person)
    assert answers("alice") == answers("bobby")
