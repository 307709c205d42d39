"""What a database remembers: commands take the issuer from it, and one that does not fit does not run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from idp import secrets
from idp.local import ministack
from idp.local.command_lines import ROOT
from tests.running.local.test_up import Start, get, start_up

__all__ = ["start_up"]
Manage = Callable[..., CompletedProcess[str]]
ISSUER = "https://idp.example"
PROXIES = {"IDP_TRUSTED_PROXIES": "1"}


@pytest.fixture
def manage(tmp_path: Path) -> Manage:
    """A command over one SQLite database, in an environment that says no more than where the data are."""
    secrets.create(tmp_path / "secrets")

    def run(*arguments: str, **environ: str) -> CompletedProcess[str]:
        settings = ("IDP_", "DATABASE_", "REDIS_", "DJANGO_", "TEST_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(settings)}
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env={**inherited, "IDP_DATA": str(tmp_path), **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def link(ended: CompletedProcess[str]) -> str:
    """Where the link leads that `users add --json` prints."""
    assert ended.returncode == 0, ended.stderr
    told: str = json.loads(ended.stdout)["reset_link"]
    return told.partition("/accounts/")[0]


def refused(ended: CompletedProcess[str]) -> str:
    """The one line of it."""
    assert (ended.returncode, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    return line


def test_the_issuer_is_the_database_s_until_somebody_means_another(manage: Manage) -> None:
    prepared = manage("prepare", IDP_PORT="8123")
    assert prepared.returncode == 0, prepared.stderr
    assert link(manage("users", "add", "a", "--json")) == "http://localhost:8123"
    # The port of one machine may be another one today; nobody else was told.
    other = manage("prepare", IDP_BASE_URL="http://127.0.0.1:8124")
    assert other.returncode == 0
    assert other.stderr == "the issuer was http://localhost:8123: who was told it has to be told the new one\n"
    assert manage("prepare", IDP_BASE_URL="http://127.0.0.1:8124").stderr == ""
    assert link(manage("users", "add", "b", "--json")) == "http://127.0.0.1:8124"

    by_mistake = refused(manage("prepare", IDP_BASE_URL=ISSUER, **PROXIES))
    assert by_mistake == (
        "manage.py: IDP_BASE_URL: the issuer of this database is http://127.0.0.1:8124, and here it is"
        f" {ISSUER}: set the same, or say `--change-issuer` to `manage.py prepare` or `up`"
    )
    assert manage("prepare", "--change-issuer", IDP_BASE_URL=ISSUER, **PROXIES).returncode == 0
    # https needs a proxy, and a command that serves nothing is not asked for one.
    assert link(manage("users", "add", "c", "--json")) == ISSUER

    for command in (("users", "add", "d"), ("prepare",)):
        line = refused(manage(*command, IDP_PORT="8000"))
        assert line.startswith(f"manage.py: IDP_BASE_URL: the issuer of this database is {ISSUER}, and here ")


def test_up_serves_another_issuer_than_the_database_s_only_where_it_is_meant(
    manage: Manage, start_up: Start, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    secrets.create(data / "secrets")
    assert manage("prepare", IDP_DATA=str(data), IDP_BASE_URL=ISSUER, **PROXIES).returncode == 0

    by_mistake = manage("up", "--port", "0", IDP_DATA=str(data))
    assert (by_mistake.returncode, by_mistake.stdout) == (2, "")
    [refusal] = [line for line in by_mistake.stderr.splitlines() if "issuer" in line]
    assert refusal.startswith(f"manage.py: IDP_BASE_URL: the issuer of this database is {ISSUER}, and here ")
    assert refusal.endswith(": set the same, or say `--change-issuer` to `manage.py prepare` or `up`")

    address = start_up("--port", "0", "--change-issuer").serves()
    _, body = get(f"{address}/.well-known/openid-configuration")
    assert json.loads(body)["issuer"] == address
    assert link(manage("users", "add", "a", "--json", IDP_DATA=str(data))) == address


def test_a_command_with_other_secrets_makes_nothing(manage: Manage, tmp_path: Path) -> None:
    assert manage("prepare").returncode == 0
    secrets.create(tmp_path / "other")
    ended = manage("createclient", "--kind", "machine", "--name", "x", IDP_SECRETS=str(tmp_path / "other"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert [line.split(": ")[1] for line in ended.stderr.splitlines()] == [
        "IDP_SECRETS/pairwise_salt",
        *("IDP_SECRETS/secret_key", "IDP_SECRETS/pepper", "IDP_SECRETS/sealing"),
    ]


def test_a_command_that_is_not_told_the_store_makes_nothing(manage: Manage, tmp_path: Path) -> None:
    parts, told = "clients=tokens.stores.orm.orm_store", "clients=orm"
    assert manage("prepare", IDP_TOKENS_STORE_PARTS=parts).returncode == 0
    line = (
        f"manage.py: IDP_TOKENS_STORE_PARTS: of this database it is {told}, and here it is none: set the same, or say"
        " `--change-store` to `manage.py prepare` or `up`"
    )
    assert refused(manage("users", "add", "a")) == line
    assert refused(manage("prepare")) == line
    # A store that does not answer takes nobody's place: nodes that serve would stop.
    nobody = {"IDP_TOKENS_STORE": "dynamodb", "IDP_DYNAMODB_ENDPOINT": "http://127.0.0.1:9", **ministack.CREDENTIALS}
    assert "IDP_DYNAMODB_ENDPOINT: nothing answers there" in refused(manage("prepare", "--change-store", **nobody))
    assert manage("users", "list", IDP_TOKENS_STORE_PARTS=parts).returncode == 0
    changed = manage("prepare", "--change-store")
    assert (changed.returncode, changed.stderr.splitlines()[0]) == (
        0,
        f"IDP_TOKENS_STORE_PARTS was {told}: sign-ins at clients, consents and signing keys are left where they were",
    )
    assert manage("users", "add", "a").returncode == 0


def test_a_key_is_used_by_the_word_of_the_operator_and_forgotten_when_it_is_nowhere(
    manage: Manage, tmp_path: Path
) -> None:
    assert manage("prepare").returncode == 0
    pepper = tmp_path / "secrets" / "pepper"
    old = pepper.read_text()
    pepper.write_text(f"2:{'B' * 43}=\n{old}")
    assert "its first key was never known to any node" in refused(manage("prepare"))
    assert manage("secrets", "use").returncode == 0
    assert manage("prepare").returncode == 0

    pepper.write_text(f"2:{'B' * 43}=\n")
    assert "a key that other nodes use is not in this file" in refused(manage("prepare"))
    assert json.loads(manage("secrets", "forget", "--json").stdout) == 1
    assert manage("prepare").returncode == 0
    shown = json.loads(manage("secrets", "show", "--json").stdout)
    assert [each["state"] for each in shown] == ["used"] * 3
    assert [each["here"] for each in shown] == ["first"] * 3
