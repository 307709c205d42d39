"""What deploy/ tells an operator to type exists: commands and their options, settings, modules, units, files."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from argparse import ArgumentParser, _SubParsersAction
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from idp import secrets
from idp.configuration import SECTIONS
from idp.env import settings_of
from idp.local.command_lines import ROOT
from tests.running.deploy.shipped import DEPLOY

RUNBOOK = "".join((DEPLOY / name).read_text() for name in ("README.md", "dynamodb/README.md"))
FILES = sorted(file for file in DEPLOY.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
SETTINGS = {setting.variable for section, prefix in SECTIONS.items() for setting in settings_of(section, prefix)}
TYPED = [line.strip() for line in re.findall(r"^    (.+)$", RUNBOOK, re.MULTILINE)] + re.findall(r"`([^`]+)`", RUNBOOK)
"""What a person types: in a block of its own, or between backticks."""
MANAGED = [found[1] for typed in TYPED if (found := re.search(r"(?:idp-manage|manage\.py) ([a-z].*)$", typed))]


def test_there_is_something_to_check() -> None:
    assert {"doctor", "users", "createclient", "rotatekeys", "work"} <= {line.split()[0] for line in MANAGED}


@pytest.mark.parametrize("line", sorted(set(MANAGED)))
def test_a_command_of_the_runbook_exists_and_takes_its_options(line: str) -> None:
    name, *arguments = shlex.split(line)
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    assert {argument for argument in arguments if argument.startswith("--")} <= _known(parser)


def _known(parser: ArgumentParser) -> set[str]:
    """Its options, and those of its verbs."""
    verbs = [
        verb for action in parser._actions if isinstance(action, _SubParsersAction) for verb in action.choices.values()
    ]
    known = {option for action in parser._actions for option in action.option_strings}
    return known.union(*map(_known, verbs))


def test_every_setting_that_is_named_exists() -> None:
    for file in FILES:
        named = re.findall(r"\b(?:IDP_[A-Z_]+|DATABASE_URL\w*|REDIS_URL\w*)\b", file.read_text())
        assert {name.removesuffix("_FILE") for name in named} <= SETTINGS, file.name


def test_every_module_that_is_run_exists() -> None:
    ours = {found for file in FILES for found in re.findall(r"-m,? (idp[.\w]*)", file.read_text())}
    assert ours == {"idp.secrets"}
    assert all(importlib.util.find_spec(module) for module in ours)


def test_every_unit_and_file_that_is_named_exists() -> None:
    units = {file.stem for file in (DEPLOY / "systemd").glob("*.service")}
    named = set(re.findall(r"\b(idp-(?:front|back|worker|beat|prepare)@?)", RUNBOOK))
    assert named == units
    paths = set(re.findall(r"/opt/idp/(deploy/[\w./-]+)|(?<!\S)(deploy/[\w.-]+\.\w+)", RUNBOOK))
    assert paths
    assert [path for pair in paths for path in pair if path and not (ROOT / path).exists()] == []
    for name in ("upstreams.conf", "https.conf", "http.conf"):
        assert name in RUNBOOK
        assert (DEPLOY / "nginx" / "idp" / name).exists()


def test_idp_manage_runs_a_command_with_the_settings_and_secrets_of_the_machine(tmp_path: Path) -> None:
    script, etc = tmp_path / "idp-manage", tmp_path / "etc"
    text = (DEPLOY / "systemd" / "idp-manage").read_text()
    for here, there in (("/opt/idp/venv/bin/python", sys.executable), ("/opt/idp", ROOT), ("/etc/idp", etc)):
        assert here in text
        text = text.replace(here, str(there))
    script.write_text(text)
    secrets.create(etc / "secrets")
    (etc / "secrets" / "database_url").write_text(f"sqlite:///{tmp_path}/db.sqlite3\n")
    settings = (DEPLOY / "systemd" / "idp.env").read_text()
    (etc / "idp.env").write_text(settings.replace("/var/lib/idp", f"{tmp_path}/data"))
    finished = subprocess.run(
        ["/bin/sh", script, "doctor", "--nodes", "4"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stderr == ""
    assert f"ok       secrets: {etc}/secrets/sealing (mode 600)" in finished.stdout
    assert "error    server: SQLite serves one node: set DATABASE_URL to a PostgreSQL server" in finished.stdout


def test_secrets_are_made_once_by_python_alone(tmp_path: Path) -> None:
    first, second, none = (
        subprocess.run(
            [sys.executable, "-S", "-E", "-m", "idp.secrets", *folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        for folder in ([tmp_path], [tmp_path], [])
    )
    assert (first.returncode, first.stdout) == (0, "made: sealing, pepper, secret_key, pairwise_salt\n")
    assert (second.returncode, second.stdout) == (0, "all four are there already\n")
    assert (none.returncode, none.stderr) == (2, "usage: python3 -m idp.secrets FOLDER\n")
    assert secrets.read(tmp_path)[1] == []
