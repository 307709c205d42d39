"""A run without servers: pure functions, grants and endpoints, on the store in memory. A plugin of pytest.

It is what `manage.py test --fast` is, and what pytest does when no runner started servers for it. People and their
sessions are in a SQLite database, their throttles in memory too. What is left out is told at the end.
"""

import atexit
import json
import os
import platform
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from idp import secrets
from tests import cases
from tests.servers.run import FOLDERS

ROOT = Path(__file__).parents[1]
ELSEWHERE = "outside of " + ", ".join(FOLDERS)
MORE = f"of tests with more than {cases.MOST} cases"


class LooksIntoTables(Exception):
    """A test asked a table for what is in memory."""


def prepare() -> None:
    """Sets the environment of such a run."""
    import django

    folder = tempfile.mkdtemp(prefix="idp-fast-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    secrets.create(Path(folder) / "secrets")
    for name in [name for name in os.environ if name.startswith(("IDP_", "DATABASE_URL", "REDIS_URL"))]:
        del os.environ[name]
    report = {
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Django": django.__version__,
        "Database": f"SQLite {sqlite3.sqlite_version}",
        "Store": "memory",
    }
    os.environ |= {
        "IDP_DATA": folder,
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "IDP_TOKENS_STORE": "tokens.stores.memory.memory_store",
        "IDP_ACCOUNTS_STORE": "accounts.stores.memory.memory_store",
        "TEST_FAST": "1",
        "TEST_REPORT": json.dumps(report),
    }


if "TEST_REPORT" not in os.environ:
    prepare()


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("TEST_FAST"):
        config.pluginmanager.register(Fast())


class Fast:
    """The hooks of a run without servers."""

    def __init__(self) -> None:
        self._left_out: Counter[str] = Counter()
        self._table = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Pages name their static files by hash, as in production: the manifest has to be there."""
        if not hasattr(session.config, "workerinput"):
            from django.core.management import call_command

            call_command("collectstatic", interactive=False, verbosity=0)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        reasons = {item: reason for item in items if (reason := _reason(item))}
        if list(config.args) == list(FOLDERS):
            seed = config.getoption("randomly_seed", 0)
            reasons |= dict.fromkeys(cases.beyond([item for item in items if item not in reasons], seed), MORE)
        self._left_out.update(reasons.values())
        items[:] = [item for item in items if item not in reasons]
        config.hook.pytest_deselected(items=list(reasons))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Tables are watched from when they are there."""
        value = yield
        if fixturedef.argname == "django_db_setup":
            from django.db import connection

            connection.execute_wrappers.append(self._watch)
        return value

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        from accounts import stores as stores_of_people  # they need settings
        from tokens import stores

        self._table = ""
        stores._of_path.cache_clear()
        stores_of_people._of_path.cache_clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A test that failed because it looked into a table is one that was left out."""
        report = yield
        if report.failed and self._table:
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, f"Skipped: it looks into {self._table}")
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("left out: `python3 manage.py test` runs all")
        for reason, count in self._left_out.most_common():
            terminalreporter.write_line(f"{count:>6}  {reason}")

    def _watch(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        for table in _tables(sql):
            if table.startswith("tokens_"):
                self._table = table
                raise LooksIntoTables(table)
        return execute(sql, *arguments)


def _reason(item: pytest.Item) -> str:
    """Why it is left out; empty if it is not."""
    if not item.nodeid.startswith(tuple(f"{folder}/" for folder in FOLDERS)):
        return ELSEWHERE
    if "own_tables" in getattr(item, "fixturenames", ()):
        return "on DynamoDB"
    mark = item.get_closest_marker("server")
    return str(mark.args[0]) if mark else ""


def _tables(sql: str) -> list[str]:
    """The names in quotes, among them those of all tables."""
    return sql.split('"')[1::2]
