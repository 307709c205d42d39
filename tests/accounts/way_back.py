"""Somebody who forgot their password, and the browsers in which they, and others, ask for a code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.conf import Mail
from accounts.mail.message import message_of
from accounts.models import Mail as Row
from accounts.models import User

RESET, NEW = "/accounts/password/reset/", "nine quiet herons by the water"
ON = "/authorize?client_id=somebody"


@pytest.fixture
def offered_mail(settings: Settings, tmp_path: Path) -> None:
    settings.MAIL = Mail(folder=tmp_path, support="help@idp.example")


@pytest.fixture
def person(offered_mail: None, person: User) -> User:
    """Alice, with an address that is verified, where mail is offered."""
    person.email_verified = True
    person.save()
    return person


@pytest.fixture
def browsers() -> Iterator[Client]:
    """Each at an address of its own."""
    return (Client(REMOTE_ADDR=f"198.51.100.{number}") for number in range(1, 250))


def ask(browser: Client, login: str = "alice", following: str = "") -> str:
    """Has a code sent. The page where it is typed."""
    answer = browser.post(RESET, {"login": login} | ({"next": following} if following else {}))
    assert answer.status_code == 303
    return str(answer["Location"])


def mailed(kind: str = "password_reset") -> str:
    """The code of the newest mail."""
    message = message_of(Row.objects.filter(kind=kind).exclude(recipient="").latest("created"))
    [code] = re.findall(r"\d{3} \d{3} \d{3}", str(message.get_body(("plain",))))
    return str(code)


def another(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**9:09}"


def proven(browser: Client, following: str = "") -> str:
    """The page for a new password, once the code was typed."""
    page = ask(browser, following=following)
    answer = browser.post(page, {"code": mailed()})
    assert answer.status_code == 303
    return str(answer["Location"])


def choose(browser: Client, page: str, password: str = NEW, **more: str) -> Any:
    handle = parse_qs(urlsplit(page).query)["sign_in"][0]
    return browser.post(page, {"sign_in": handle, "password": password, **more})


def knows(password: str) -> bool:
    return User.objects.get(username="alice").check_password(password)
