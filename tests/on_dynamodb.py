"""A run with `TEST_STORE=dynamodb`: the store is DynamoDB, in tables of each process's own; people, their sessions and
clients are in the database. A plugin of pytest."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.servers import dynamodb

STORE = "TEST_STORE"

if os.environ.get(STORE) == "dynamodb":
    from tests.servers import written  # noqa: F401 before the store makes its client

    os.environ |= dynamodb.of_the_store()


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get(STORE) == "dynamodb":
        config.pluginmanager.register(OnDynamoDB())


class OnDynamoDB:
    """The hooks of such a run."""

    def __init__(self) -> None:
        self._left_out: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        marks = {item: mark for item in items if (mark := item.get_closest_marker("sql"))}
        self._left_out.update(str(mark.args[0]) for mark in marks.values())
        items[:] = [item for item in items if item not in marks]
        config.hook.pytest_deselected(items=list(marks))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for reason, count in self._left_out.most_common():
            terminalreporter.write_line(f"{count:>6}  left out, of the store in the database: {reason}")

    @pytest.fixture(autouse=True)
    def _own_tables(self) -> Iterator[None]:
        """The first of all fixtures of a test: nothing of the test before is there."""
        from tests.support import dynamodb as own  # it needs settings

        with own.emptied():
            yield

    def pytest_sessionfinish(self) -> None:
        """A server of ours goes with all that is in it."""
        if dynamodb.NAMED in os.environ:
            from tests.support import dynamodb as own

            own.tables().delete()
