"""`manage.py test --fast` and plain pytest need no server, and tell what they left out."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import cases
from tests.fast import Fast, LooksIntoTables

ROOT = Path(__file__).parents[2]
FAST = ("manage.py", "test", "--fast", "-n0")
PLAIN = ("-m", "pytest")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """What Python says from the root of the repository, without any setting of ours."""
    ours = ("IDP_", "TEST_", "DJANGO_", "DATABASE_URL", "REDIS_URL", "PYTEST_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [sys.executable, *arguments, "-q"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("runner", [FAST, PLAIN])
def test_a_request_is_answered_without_a_server_from_the_store_in_memory(runner: tuple[str, ...]) -> None:
    done = run(*runner, "tests/endpoints/test_token.py", "-k", "test_without_openid_there_is_no_id_token")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "Store           memory" in done.stdout


def test_what_needs_a_server_is_left_out_and_told() -> None:
    done = run(*PLAIN, "tests/stores/test_statements.py")
    assert "passed" not in done.stdout
    assert re.search(r"left out.*\n +\d+  outside of tests/protocol, ", done.stdout), done.stdout


def test_who_looks_into_a_table_of_what_is_in_memory_is_stopped() -> None:
    fast = Fast()
    assert fast._watch(lambda sql: sql, 'TABLE "accounts_user"')
    with pytest.raises(LooksIntoTables, match="tokens_consent"):
        fast._watch(lambda sql: sql, 'SELECT "x"."id" FROM "tokens_consent"')


def test_of_a_test_with_many_cases_the_seed_chooses_some_and_all_workers_choose_the_same() -> None:
    many = [SimpleNamespace(nodeid=f"tests/x.py::test_many[{number}]") for number in range(cases.MOST + 5)]
    few = [SimpleNamespace(nodeid=f"tests/x.py::test_few[{number}]") for number in range(cases.MOST)]
    chosen = [cases.beyond([*many, *few], seed) for seed in (1, 1, 2)]  # type: ignore[list-item]  # what it looks at
    assert [len(left_out) for left_out in chosen] == [5, 5, 5]
    assert chosen[0] == chosen[1] != chosen[2]
    assert all(item in many for item in chosen[0])
