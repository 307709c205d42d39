"""What every test runs on: the servers that `manage.py test` started, named at the end."""

import json
import os
import platform

import django
import pytest

# Here and not beside them: who imports one of them first must not decide.
pytest.register_assert_rewrite(
    "tests.support",
    *(f"tests.stores.{name}" for name in ("suite", "kinds", "contention", "races")),
)

RUNNER = "the tests need servers of their own: run them with `python3 manage.py test [pytest's arguments]`"


def pytest_configure(config: pytest.Config) -> None:
    """Stops a run without its servers, and one on another Python or Django than the one that was asked for."""
    if "TEST_REPORT" not in os.environ:
        raise pytest.UsageError(RUNNER)
    for name, here in (("PYTHON", platform.python_version()), ("DJANGO", django.__version__)):
        expected = os.environ.get(f"TEST_EXPECT_{name}", "")
        if expected and not f"{here}.".startswith(f"{expected}."):
            raise pytest.UsageError(f"this runs on {name.title()} {here}, and {expected} was asked for")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table of what ran on what."""
    seed = config.getoption("randomly_seed", "not random")
    terminalreporter.section("what ran on what")
    for name, value in {**json.loads(os.environ["TEST_REPORT"]), "Seed": seed}.items():
        terminalreporter.write_line(f"{name:<16}{value}")
