"""Which settings and builds fitted the database lately, for a node that starts while that is away."""

from datetime import datetime
from typing import Protocol


class Fits(Protocol):
    def note(self, digest: str, expires: datetime) -> None:
        """A node of this digest fits. `expires`: until when that is believed."""

    def are_known(self, digest: str, now: datetime) -> bool:
        """Whether one did."""
