"""`up` shows each mail at the terminal, and keeps it in the data folder; commands of other terminals know of it."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from idp.local import kept_settings
from tests.running.local.test_up import Start, elsewhere, start_up

__all__ = ["start_up"]
LIVE = "nodes that live have these settings"


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


def test_a_command_of_another_terminal_knows_who_may_sign_up_and_where_mail_goes(
    start_up: Start, tmp_path: Path
) -> None:
    up = start_up("--port", "0", IDP_ACCOUNTS_SIGN_UP="invited")
    up.serves()
    where = {"IDP_DATA": str(tmp_path / "data")}
    elsewhere("users", "invite", "zoe@example.org", **where)
    up.says(up.out, "mail to zoe@example.org: ")
    assert LIVE in elsewhere("doctor", **where)
    assert up.end() == 0
    assert not (tmp_path / "data" / "running.json").exists()


def test_once_up_has_ended_nobody_is_told_of_the_settings_that_it_had(start_up: Start, tmp_path: Path) -> None:
    up = start_up("--port", "0", IDP_ACCOUNTS_SIGN_UP="open")
    up.serves()
    assert up.end(signal.SIGTERM) == 0
    again = start_up("--port", "0", IDP_ACCOUNTS_SIGN_UP="invited", IDP_ACCOUNTS_SESSION_IDLE="1200")
    again.serves()
    where = {"IDP_DATA": str(tmp_path / "data"), "IDP_ACCOUNTS_SESSION_IDLE": "1200"}
    assert LIVE in elsewhere("doctor", **where)
    assert "IDP_ACCOUNTS_SESSION_IDLE is 3600 here and 1200 on another node" in elsewhere(
        "doctor", **{**where, "IDP_ACCOUNTS_SESSION_IDLE": "3600"}
    )


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        ({}, {"IDP_MAIL_FOLDER", "IDP_ACCOUNTS_SIGN_UP"}),
        ({"IDP_ACCOUNTS_SIGN_UP": "closed"}, {"IDP_MAIL_FOLDER"}),
        ({"IDP_MAIL_FOLDER_FILE": "/x"}, {"IDP_ACCOUNTS_SIGN_UP"}),
        ({"IDP_MAIL_URL": "smtp://mail.example"}, {"IDP_ACCOUNTS_SIGN_UP"}),
    ],
)
def test_what_a_terminal_says_itself_stays(tmp_path: Path, said: dict[str, str], takes: set[str]) -> None:
    with kept_settings.kept(tmp_path, {"IDP_MAIL_FOLDER": "mail", "IDP_ACCOUNTS_SIGN_UP": "open"}):
        environ = dict(said)
        kept_settings.take(environ, tmp_path)
        assert set(environ) - set(said) == takes
        assert {name: environ[name] for name in said} == said
        assert environ.get("IDP_MAIL_FOLDER", str(tmp_path.cwd() / "mail")) == str(tmp_path.cwd() / "mail")
    environ = {}
    kept_settings.take(environ, tmp_path)
    assert environ == {}


HOLDS = """
import pathlib, sys, time
from idp.local import kept_settings
with kept_settings.kept(pathlib.Path(sys.argv[1]), {"IDP_MAIL_FOLDER": "/x"}):
    print("held", flush=True)
    time.sleep(600)
"""


def test_what_an_up_left_that_was_killed_is_nobody_s(tmp_path: Path) -> None:
    """Also where its number is another process's meanwhile."""
    with subprocess.Popen([sys.executable, "-c", HOLDS, tmp_path], stdout=subprocess.PIPE) as up:
        assert up.stdout is not None
        assert up.stdout.readline() == b"held\n"
        environ: dict[str, str] = {}
        kept_settings.take(environ, tmp_path)
        assert environ == {"IDP_MAIL_FOLDER": "/x"}
        up.kill()
    assert (tmp_path / kept_settings.FILE).exists()
    environ = {}
    kept_settings.take(environ, tmp_path)
    assert environ == {}
