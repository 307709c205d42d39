"""Somebody who makes an account for themselves."""

from dataclasses import replace
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.test import Client

from accounts.conf import Accounts
from tests.accounts.way_back import NEW, mailed

PAGE, CODE, CHOOSE, INVITED = (f"/accounts/sign-up/{part}" for part in ("", "code/", "new/", "invited/"))
ADDRESS = "zoe@example.net"


def offered(sign_up: Literal["closed", "invited", "open"]) -> Accounts:
    """The settings of accounts with another rule of who makes accounts."""
    accounts: Accounts = settings.ACCOUNTS
    return replace(accounts, sign_up=sign_up)


def begin(browser: Client, address: str = ADDRESS, following: str = "") -> str:
    """Has a code sent. The page where it is typed."""
    answer = browser.post(PAGE, {"address": address} | ({"next": following} if following else {}))
    assert answer.status_code == 303
    assert answer["Location"].startswith(CODE)
    return str(answer["Location"])


def proven(browser: Client, address: str = ADDRESS, following: str = "") -> str:
    """The page for a password, once the code was typed."""
    answer = browser.post(begin(browser, address, following), {"code": mailed("sign_up")})
    assert answer.status_code == 303
    return str(answer["Location"])


def choose(browser: Client, page: str, password: str = NEW, **more: str) -> Any:
    handle = parse_qs(urlsplit(page).query)["sign_in"][0]
    return browser.post(page, {"sign_in": handle, "password": password} | more)
