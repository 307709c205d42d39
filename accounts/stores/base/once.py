"""What is spent once, whoever asks: a step of a one-time password (RFC 6238 §5.2), a challenge."""

from datetime import datetime
from typing import Protocol


class Once(Protocol):
    def spend(self, name: str, ends: datetime, by: str = "") -> bool:
        """True for the one caller who is the first, of all that ever ask. `ends`: from then on it is good for nothing,
        and may be forgotten. `by`: what it is spent by, of at most 64 characters, which is done once: for that it
        is true again, because whoever was told nothing may have been the first."""
