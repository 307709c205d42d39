"""`up --demo`: what it begins with works, and its secrets are shown once."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from idp import secrets
from idp.local import seeds
from idp.local.command_lines import ROOT
from tests.running.local.test_up import Up, fails
from tests.support.messages import CHALLENGE
from tests.support.person import Page, Person
from tests.support.waiting import until
from tokens.registration import kinds


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    started = Up(tmp_path, "--port", "0", "--demo")
    started.serves()
    yield started
    if started.process.poll() is None:
        started.end()


def printed(up: Up) -> dict[str, list[str]]:
    """What stands behind each name in the table of people and clients."""
    up.says(up.out, "Ctrl-C stops it")
    row = r"^  (?:person|client) +(\w+) +(?:password|id) +(\S+)(?:\n +secret +(\S+))?$"
    rows = re.findall(row, up.out.read_text(), re.MULTILINE)
    return {name: [value for value in values if value] for name, *values in rows}


def test_people_may_sign_in_and_programs_get_tokens_with_what_it_shows_once(up: Up, tmp_path: Path) -> None:
    shown, issuer = printed(up), up.serves()
    people = [person["username"] for person in seeds.PEOPLE]
    assert list(shown) == [*people, *seeds.CLIENTS]
    _, callback = seeds.CLIENTS["spa"]
    wanted = request(client_id=shown["spa"][0], redirect_uri=callback)
    for name in people:
        with Person(name, shown[name][0]) as person:
            assert "code=" in person.go(f"{issuer}/oauth2/authorize?{urlencode(wanted)}", client=callback)
    token = post(f"{issuer}/oauth2/token", shown["machine"], grant_type="client_credentials", resource=seeds.RESOURCE)
    about = post(f"{issuer}/oauth2/introspect", shown["api"], token=str(token["access_token"]))
    assert (about["active"], about["scope"], about["aud"]) == (True, seeds.SCOPE, seeds.RESOURCE)
    assert up.end() == 0

    again = Up(tmp_path, "--port", "0", "--demo")
    again.says(again.out, "are there from before")
    again.says(again.out, "Ctrl-C stops it")
    secrets = [rest[-1] for rest in shown.values()]
    assert again.end() == 0
    assert not [secret for secret in secrets if secret in again.out.read_text() + again.err.read_text()]


def test_whoever_signs_out_at_the_provider_is_nobody_at_the_demo(up: Up) -> None:
    shown, issuer = printed(up), up.serves()
    demo = up.says(up.out, r"sign in with: (\S+)")
    with Person("alice", shown["alice"][0]) as alice:
        alice.visit(alice.go(f"{demo}/login", client=f"{demo}/callback"), client="nobody://")

        def home() -> str:
            page = alice.visit(demo, client="nobody://")
            assert isinstance(page, Page)
            return page.text

        assert "You are signed in" in home()
        out = alice.visit(f"{issuer}/accounts/logout/", client="nobody://")
        assert isinstance(out, Page)
        alice.send(out)
        until(lambda: "It knows nothing of you yet." in home())


def request(**of: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **of,
    }


def post(url: str, client: list[str], **form: str) -> dict[str, object]:
    answer = requests.post(url, form, auth=(client[0], client[1]), timeout=30)
    assert answer.status_code == 200, answer.text
    given: dict[str, object] = answer.json()
    return given


def test_there_is_a_client_of_each_kind() -> None:
    assert list(seeds.CLIENTS) == list(kinds.KINDS)


def test_people_and_clients_for_a_try_are_refused_where_others_could_come(tmp_path: Path) -> None:
    [line] = fails(
        "--demo", "--port", "0", "--data", str(tmp_path), "--base-url", "https://idp.example", IDP_TRUSTED_PROXIES="1"
    )
    assert line == (
        "manage.py: --demo: its people and clients are for this machine, and https://idp.example is not:"
        " leave out --demo, or the base URL"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        (
            {"IDP_BASE_URL": "https://idp.example", "IDP_TRUSTED_PROXIES": "1"},
            "manage.py: --demo: its people and clients are for this machine, and https://idp.example is not:"
            " leave out --demo, or the base URL\n",
        ),
        ({"IDP_PORT": "x"}, "manage.py: IDP_PORT: 'x' is not a whole number\n"),
    ],
)
def test_they_are_refused_without_up_as_well(tmp_path: Path, environ: dict[str, str], line: str) -> None:
    secrets.create(tmp_path / "secrets")
    environ = {"IDP_DATA": str(tmp_path), "DATABASE_URL": "", **environ}
    program = [sys.executable, "-m", "idp.local.seeds"]
    ended = subprocess.run(
        program, env=os.environ | environ, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", line)
    assert [each.name for each in tmp_path.iterdir()] == ["secrets"]
