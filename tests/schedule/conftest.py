"""What the tests of scheduled work stand on."""

import pytest
from django.db import OperationalError

from tests.support.fixtures import committed
from tokens.stores import store

__all__ = ["committed"]


def away_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is away when it is asked for the lag."""

    def fail(*_: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(type(store().sweeping), "lag", fail)
