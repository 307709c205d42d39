"""`manage.py lint` finds what each of its steps is for, says what to do, and is what .ci/run and the hook call."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import lint

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".cache", "__pycache__", ".*_cache", ".hypothesis", "data")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT, tmp_path / "copy", ignore=LEFT_OUT)
    (tmp_path / "copy" / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path / "copy"


def run(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(root / "manage.py"), "lint", *arguments]
    return subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_each_step_fails_on_its_fault_and_says_what_to_do(copy: Path) -> None:
    (copy / "tokens" / "protocol" / "unfinished.py").write_text("def unfinished(:\n")
    for migration in (copy / "tokens" / "migrations").glob("0*.py"):
        migration.unlink()
    linted = run(copy)
    assert linted.returncode == 1
    failed = set(re.findall(r"^FAILED +(\w+) ", linted.stdout, re.MULTILINE))
    assert failed == {step.name for step in lint.STEPS}, linted.stdout
    for step in lint.STEPS:
        assert f"\n{step.name}: {step.remedy}\n" in linted.stdout


def test_one_step_may_be_run_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.main(["--only", "format"]) == 0
    assert re.fullmatch(r"ok      format       +\d+\.\d s\n", capsys.readouterr().out)


def test_fix_mends_what_needs_no_person(copy: Path) -> None:
    module = copy / "tokens" / "protocol" / "untidy.py"
    module.write_text('"""Untidy."""\nimport json\nA = [1,2]\n')
    assert run(copy, "--fix", "--only", "format", "--only", "lint").returncode == 0
    assert module.read_text() == '"""Untidy."""\n\nA = [1, 2]\n'


@pytest.mark.parametrize("caller", [".ci/run", ".githooks/pre-commit"])
def test_ci_and_the_hook_run_all_steps(caller: str) -> None:
    assert re.search(r'manage\.py"? lint$', (ROOT / caller).read_text(), re.MULTILINE)
