"""`up` shows each mail at the terminal, and keeps it in the data folder."""

import json
import re
from pathlib import Path

import requests

from tests.running.local.test_up import Start, elsewhere, start_up

__all__ = ["start_up"]


def test_a_mail_is_in_the_terminal_and_in_the_folder(start_up: Start, tmp_path: Path) -> None:
    up = start_up("--port", "0")
    up.serves()
    add = ("users", "add", "alice", "--email", "alice@example.org", "--email-verified", "--json")
    told = elsewhere(*add, IDP_DATA=str(tmp_path / "data"))
    with requests.Session() as browser:
        page = browser.get(json.loads(told)["reset_link"])
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        form = {**hidden, "password": "nine quiet herons by the water"}
        assert "Sign in with it" in browser.post(page.url.partition("?")[0], form).text
    up.says(up.out, "mail to alice@example.org: Your password at Avouch was changed")
    up.says(up.out, r"  \| The password of your account alice at Avouch was changed.")
    [file] = (tmp_path / "data" / "mail").iterdir()
    up.says(up.out, re.escape(str(file)))


def test_people_sign_up_by_a_code_that_is_shown_there(start_up: Start) -> None:
    """Nobody has to say where mail goes for that."""
    up = start_up("--port", "0", IDP_ACCOUNTS_SIGN_UP="open")
    address = up.serves()
    with requests.Session() as browser:
        page = browser.get(f"{address}/accounts/sign-up/")
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        assert browser.post(page.url, {**hidden, "address": "zoe@example.org"}).ok
    up.says(up.out, "mail to zoe@example.org: ")
