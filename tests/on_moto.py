"""A run with `TEST_DYNAMODB=moto`: DynamoDB is moto, without the tests of what it does otherwise than the service.
docs/dynamodb.md has a row for each reason."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping

import pytest

STORE, CREATING = "tests/stores/dynamodb/", "tests/stores/dynamodb/test_creating.py::"
LEFT: Mapping[str, tuple[str, ...]] = {
    "races: it takes no lock between a condition and its write": (
        f"{STORE}test_store.py::TestDynamoDBStoreUnderContention",
        f"{STORE}test_processes.py::TestDynamoDBStoreBetweenProcesses",
    ),
    "a stream that was switched off cannot be switched on again": (
        f"{CREATING}test_streams_are_switched_on_and_one_of_another_view_begins_anew",
        f"{CREATING}test_each_field_that_is_not_as_it_should_be_is_named[a stream of another view]",
    ),
    "a transaction that is sent again with its token is done again": (
        f"{STORE}test_faults.py::test_what_passes_is_not_noticed[in_unit, answering]",
    ),
}
"""By the reason; a name stands for all tests whose ids begin with it."""
NAMES = tuple(name for names in LEFT.values() for name in names)


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("TEST_DYNAMODB") == "moto":
        config.pluginmanager.register(OnMoto())


def left(items: Iterable[pytest.Item]) -> dict[pytest.Item, str]:
    """With their reasons."""
    return {item: why for item in items for why, names in LEFT.items() if item.nodeid.startswith(names)}


class OnMoto:
    """The hooks of such a run."""

    def __init__(self) -> None:
        self._left_out: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        reasons = left(items)
        self._left_out.update(reasons.values())
        items[:] = [item for item in items if item not in reasons]
        config.hook.pytest_deselected(items=list(reasons))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for reason, count in self._left_out.items():
            terminalreporter.write_line(f"{count:>6}  left out, where moto is not as the service: {reason}")
