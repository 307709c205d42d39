"""What every test runs on: the servers that `manage.py test` started, named at the end."""

import json
import os
import platform
from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from tests import cases, left_to_long, longest_first
from tests.held_transactions import held_transactions, limited  # noqa: F401 fixtures of all tests
from tests.one_clock import one_clock, reckoned  # noqa: F401 fixtures of all tests
from tests.quick_hashes import quick_hashes  # noqa: F401 a fixture of all tests
from tests.sent_forms import sent_forms  # noqa: F401 a fixture of all tests
from tests.static_files import static_files  # noqa: F401 a fixture of all tests

# Here and not next to them: who imports one of them first must not decide.
pytest.register_assert_rewrite(
    "tests.support",
    *(f"tests.stores.{name}" for name in ("suite", "kinds", "contention", "races")),
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> longest_first.LongestFirst | None:
    """Who gets which tests, unless another way to share them was asked for."""
    return longest_first.LongestFirst(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_configure(config: pytest.Config) -> None:
    """Stops a run on another Python or Django than the one that was asked for."""
    for name, here in (("PYTHON", platform.python_version()), ("DJANGO", django.__version__)):
        expected = os.environ.get(f"TEST_EXPECT_{name}", "")
        if expected and not f"{here}.".startswith(f"{expected}."):
            raise pytest.UsageError(f"this runs on {name.title()} {here}, and {expected} was asked for")
    # How long an example takes is the machine's affair.
    settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any machine")
    if longest_first.is_whole(config):
        config.pluginmanager.register(longest_first.Durations())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Asked before the test database is made. A pool made by then leads to another database for the whole run: the
    tests would share it, and what they start would find the test database empty."""
    pools = getattr(type(connections[DEFAULT_DB_ALIAS]), "_connection_pools", {})
    assert DEFAULT_DB_ALIAS not in pools, "a test without a database used the connection's pool"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_keepdb: bool,
) -> Iterator[None]:
    """As pytest-django's, which makes no database where all that a run has is `committed`."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, keepdb=django_db_keepdb, serialized_aliases=())
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = set[pytest.Item]()
    if os.environ.get("TEST_CASES") == "some":
        left_out.update(cases.beyond(items, config.getoption("randomly_seed", 0)))
    if os.environ.get("TEST_LEFT"):
        left_out.update(left_to_long.left(items))
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table of what ran on what."""
    seed = config.getoption("randomly_seed", "not random")
    terminalreporter.section("what ran on what")
    for name, value in {**json.loads(os.environ["TEST_REPORT"]), "Seed": seed}.items():
        terminalreporter.write_line(f"{name:<16}{value}")
