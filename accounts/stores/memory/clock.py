"""The clock of a store in memory: the store is here, so it is this machine's."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def machines() -> datetime:
    return datetime.now(UTC)  # this machine's clock: the store is here
