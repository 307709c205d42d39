"""manage.py's command line, and the runner of the tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from idp.local.command_lines import ROOT
from tests.running.local.test_up import MANAGE, own
from tests.servers import run as runner


def run(*arguments: str, environ: Mapping[str, str], closed: bool = False) -> "subprocess.CompletedProcess[str]":
    """manage.py's answer; `closed`: with no standard input at all."""
    return subprocess.run(
        [sys.executable, MANAGE, *arguments],
        env=own(**environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=(lambda: os.close(0)) if closed else None,
    )


def servers(**more: str) -> dict[str, str]:
    """The environment that says where the servers of this run are."""
    return {name: os.environ[name] for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_CHROMIUM")} | more


def test_help_lists_our_commands_and_djangos() -> None:
    done = run("help", environ={"IDP_DATA": os.environ["IDP_DATA"]})
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for begins in ("up run the provider", "lint check format", "test run the tests", "createclient Registers a client"):
        assert any(line.startswith(begins) for line in lines), begins
    assert "migrate" in done.stdout


def test_up_has_help_of_its_own() -> None:
    done = run("up", "--help", environ={})
    assert done.returncode == 0
    for option in ("--host", "--port", "--data", "--base-url", "--demo"):
        assert option in done.stdout


@pytest.mark.parametrize("command", ["lint", "test"])
def test_where_there_are_no_tests_it_says_so_in_one_line(tmp_path: Path, command: str) -> None:
    shutil.copy(MANAGE, tmp_path)
    for package in ("idp", "accounts"):
        shutil.copytree(ROOT / package, tmp_path / package)
    program = [sys.executable, str(tmp_path / "manage.py"), command]
    done = subprocess.run(program, env=own(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"manage.py: {command} needs tests/, which a deployment leaves out: run it in a checkout\n"


def test_other_commands_tell_what_is_wrong_with_the_settings_line_by_line(tmp_path: Path) -> None:
    done = run("check", environ={"IDP_DATA": str(tmp_path), "IDP_COLOUR": "red"})
    assert done.returncode == 2
    assert "manage.py: IDP_COLOUR: there is no such setting" in done.stderr.splitlines()
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, MANAGE, "check", "--list-tags"]
    done = subprocess.run(
        command, env=own(IDP_DATA=os.environ["IDP_DATA"]), stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_the_tests_run_without_a_terminal_and_with_closed_input() -> None:
    done = run(
        "test", "--collect-only", "-q", "-n0", "tests/running/local/test_manage.py", environ=servers(), closed=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_the_tests_run_without_a_terminal_and_with_closed_input" in done.stdout


@pytest.mark.parametrize("name", ["PYTHON", "DJANGO"])
def test_a_run_on_another_version_than_was_asked_for_fails(name: str) -> None:
    done = run(
        "test",
        "--collect-only",
        "-n0",
        "tests/running/local/test_manage.py",
        environ=servers(**{f"TEST_EXPECT_{name}": "1.2"}),
    )
    assert done.returncode == 4
    assert "and 1.2 was asked for" in done.stderr


def test_a_server_that_cannot_be_had_fails_the_run_with_its_remedy(tmp_path: Path) -> None:
    done = run("test", environ={"TEST_CHROMIUM": str(tmp_path)})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"manage.py test: TEST_CHROMIUM: {tmp_path} does not run: ")


def test_a_store_that_there_is_none_of_fails_the_run() -> None:
    done = run("test", environ=servers(TEST_STORE="redis"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "manage.py test: TEST_STORE: 'redis' is not one of orm, dynamodb\n"


def test_who_the_operator_is_at_aws_reaches_the_tests_where_they_name_a_server() -> None:
    environ = {"AWS_PROFILE": "x", "TEST_DYNAMODB_URL": "http://it"}
    assert runner.own(environ) == environ
    assert runner.own({"AWS_PROFILE": "x"}) == {}


def test_the_operators_settings_do_not_reach_the_tests() -> None:
    environ = {
        "IDP_BRAND": "x",
        "PGHOST": "x",
        "DATABASE_URL": "x",
        "REDIS_URL": "x",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/",
        "TEST_CHROMIUM": "x",
    }
    assert runner.own(environ) == {"HOME": "/", "TEST_CHROMIUM": "x"}


THREE = ["-n", "3", "--dist", "loadfile"]


@pytest.mark.parametrize(
    ("arguments", "workers"),
    [
        ([], THREE),
        (["tests/running/local", "-x"], THREE),
        (["-n0"], []),
        (["-n", "4"], []),
        (["-p", "no:xdist"], []),
        (["--pdb"], []),
    ],
)
def test_three_processes_unless_the_person_says_otherwise(arguments: list[str], workers: list[str]) -> None:
    assert runner._workers(arguments) == workers


def test_an_old_python_is_told_which_one_is_needed() -> None:
    """The check stands before everything that an old Python could not read."""
    lines = Path(MANAGE).read_text().splitlines()
    check = next(number for number, line in enumerate(lines) if "sys.version_info < (3, 11)" in line)
    assert not any(line.startswith(("from", "import idp")) for line in lines[:check])
