"""`up --store dynamodb`: the store is on a server of its own, and stays from one time to the next."""

import os
import signal
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from idp.env import BadSettings
from idp.local import kept_store, remembered
from idp.local.up import flags
from tests.running.local.test_up import Start, Up, elsewhere, fails, start_up
from tests.running.local.test_up_demo import printed
from tests.support.messages import CONSENT
from tests.support.person import Page, Person

__all__ = ["start_up"]

DYNAMODB = ("--port", "0", "--demo", "--store", "dynamodb")


def signs_in(up: Up, password: str) -> list[str]:
    """Alice, at the demo's own application: the paths of the pages that she was shown."""
    demo = up.says(up.out, r"A relying party to sign in with: (\S+)")
    with Person("alice", password) as alice:
        answer = alice.go(f"{demo}/login", client=f"{demo}/callback")
        page = alice.visit(answer, client="nobody://")
        assert isinstance(page, Page)
        assert "alice@" in page.text, page.text
        return alice.seen


def other_store(*arguments: str, **environ: str) -> str:
    """What a command of a terminal says that was told to work in the database."""
    with pytest.raises(CalledProcessError) as failed:
        elsewhere(*arguments, IDP_TOKENS_STORE="orm", **environ)
    assert (failed.value.returncode, failed.value.stdout) == (2, "")
    return str(failed.value.stderr)


def test_people_sign_in_and_what_they_allowed_is_there_when_it_starts_again(start_up: Start, tmp_path: Path) -> None:
    up = start_up(*DYNAMODB)
    password = printed(up)["alice"][0]
    assert CONSENT in signs_in(up, password)
    assert "avouch.signing_keys" in elsewhere("dynamodb", "status", IDP_DATA=str(tmp_path / "data"))
    # A terminal that was told another store would make what no node knows.
    refused = other_store("createclient", "--kind", "machine", "--name", "x", IDP_DATA=str(tmp_path / "data"))
    assert refused.startswith("manage.py: IDP_TOKENS_STORE: of this database it is dynamodb, and here it is orm: ")
    assert up.end() == 0
    assert not up.children()

    # It is the folder's, until another is asked for.
    again = start_up("--port", "0", "--demo")
    again.says(again.out, "Ctrl-C stops it")
    assert "The store is on DynamoDB" in again.out.read_text()
    assert CONSENT not in signs_in(again, password)
    again.process.send_signal(signal.SIGKILL)
    again.process.wait()


def test_a_store_that_ends_ends_it_and_says_what_is_lost(start_up: Start) -> None:
    up = start_up("--port", "0", "--store", "dynamodb")
    up.says(up.out, "Ctrl-C stops it")
    os.kill(up.one("-m ministack"), signal.SIGKILL)
    up.says(
        up.err, r"manage.py: ministack, the server of the store, ended by itself: what it was told since it started"
    )
    assert up.process.wait(60) == 2


@pytest.mark.parametrize("name", flags.NOT_WITH_STORE)
def test_settings_of_another_store_are_refused_beside_it(name: str) -> None:
    assert fails("--store", "dynamodb", **{name: "x"}) == [
        f"manage.py: {name}: `up --store` says where the store is: leave out one of the two"
    ]


def test_the_store_is_the_one_asked_for_or_the_folder_s_or_the_settings(tmp_path: Path) -> None:
    def store(*arguments: str, **environ: str) -> str | None:
        return flags.store(flags.parse([*arguments]), environ, tmp_path)

    assert store() == "orm"
    assert store("--store", "dynamodb") == "dynamodb"
    kept_store.remember(tmp_path, "dynamodb", {})
    assert store() == "dynamodb"
    assert store("--memory") == "orm"
    assert store("--store", "orm") == "orm"
    assert store(IDP_TOKENS_STORE="mine") is None


def test_it_needs_what_dynamodb_needs_where_that_is_the_folder_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IDP_DATA", raising=False)
    assert flags.requirements(["--data", str(tmp_path)]) == "base"
    assert flags.requirements(["--data", str(tmp_path), "--store", "dynamodb"]) == "local"
    kept_store.remember(tmp_path, "dynamodb", {})
    assert flags.requirements(["--data", str(tmp_path)]) == "local"


@pytest.mark.parametrize("command", ["createclient", "prepare", "doctor", "dynamodb"])
def test_a_command_without_the_up_that_has_the_store_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for name in (kept_store.NAME, f"{kept_store.NAME}_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IDP_DATA", str(tmp_path))
    kept_store.remember(tmp_path, "dynamodb", {})
    with pytest.raises(BadSettings, match="`up --store dynamodb` has the store of"):
        remembered.join_store(command, ours=True)
