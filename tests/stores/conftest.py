"""What a store's tests stand on."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from accounts.ground import dialects
from tests.support.fixtures import committed

__all__ = ["committed"]


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Takes abilities away from the database, by the names that `Dialect` gives them."""

    def take(*names: str) -> None:
        lesser = {
            vendor: replace(words, **dict.fromkeys(names, False))  # type: ignore[arg-type]  # abilities are bools
            for vendor, words in dialects.DIALECTS.items()
        }
        monkeypatch.setattr(dialects, "DIALECTS", lesser)

    return take
