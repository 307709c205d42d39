"""A test's own transaction may stand idle: it is held over all that the test waits for, on a machine that may be busy.

The product's limit ends a transaction that nobody goes on with. In the processes that a test starts it holds.
"""

from collections.abc import Iterator, MutableMapping
from typing import cast

import pytest

from idp.postgresql.connection import LIMITS

OURS = cast(MutableMapping[str, str], LIMITS)
NAME = "idle_in_transaction_session_timeout"
IN_A_RUN = LIMITS[NAME]


@pytest.fixture(scope="session", autouse=True)
def held_transactions() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(OURS, NAME, "0")
        yield


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are made from now on have the product's limit."""
    monkeypatch.setitem(OURS, NAME, IN_A_RUN)
