"""A run with `TEST_STORE=dynamodb`: the store is DynamoDB, in tables of each process's own; people, their sessions and
clients are in the database. A plugin of pytest."""

import os
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
