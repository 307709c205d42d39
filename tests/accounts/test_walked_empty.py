"""Every page of accounts by itself: nobody was led there, nothing or nonsense is sent, and again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.conf import Mail
from accounts.models import AuthenticatorApp, Passkey, User
from accounts.urls import account
from tests.accounts.authenticator import add_app
from tests.accounts.passkeys import enrolled
from tests.accounts.signed_in import SignIn, who
from tests.support.people import PASSWORD

PAGES = sorted(str(page.name) for page in account if not str(page.name).startswith("own_"))
SENT: Sequence[Mapping[str, str]] = (
    {},
    {"next": "//evil.example/", "sign_in": "x", "who": "x", "sealed": "x", "code": "1", "passkey": "{}", "key": "x"},
)


@pytest.mark.parametrize("state", ["nobody", "signed in", "with all factors", "required"])
def test_pages_that_nobody_was_led_to_change_nothing_whatever_is_sent(
    settings: Settings, tmp_path: Path, person: User, sign_in: SignIn, state: str
) -> None:
    settings.MAIL = Mail(folder=tmp_path)
    browser = Client() if state == "nobody" else sign_in()
    if state == "with all factors":
        add_app(person)
        enrolled(person)
    factor = "required" if state == "required" else "optional"
    settings.ACCOUNTS = replace(settings.ACCOUNTS, sign_up="open", second_factor=factor)
    for page, sent in product(PAGES, SENT):
        for answer in (*(browser.post(reverse(page), sent) for _ in range(2)), browser.get(reverse(page), sent)):
            assert answer.status_code < 500, page
            assert not answer.get("Location", "").startswith(("//", "http")), page
        if page == "sign_out" and state != "nobody":
            browser = sign_in()
    held = User.objects.get()
    had = 1 if state == "with all factors" else 0
    assert (AuthenticatorApp.objects.count(), Passkey.objects.count()) == (had, had)
    assert (held.check_password(PASSWORD), held.email) == (True, person.email)
    if state == "nobody":
        assert who(browser) is None
