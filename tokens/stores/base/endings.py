"""What a store that is not in the transaction of who ends a sign-in has to hear of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from accounts.ground.task import GoOn


class Endings(Protocol):
    """Each is called within that transaction: what is rolled back was never said, and what is committed is never lost.
    The store hears it once no row is locked any more."""

    def session(self, sid: str, subject: str, expires: datetime) -> None:
        """A sign-in ended. `expires`: when nothing is left that hangs on it."""

    def subject(self, subject: str, expires: datetime) -> None:
        """All of the subject's up to this instant, by the clock that dates them."""

    def are_owed(self, subjects: Collection[str]) -> bool:
        """Whether the store has not heard yet of what was committed of one of the subjects."""

    def tell_lost(self, go_on: GoOn) -> Mapping[str, int]:
        """Tells the store what was committed and lost on the way to it, as long as it may go on. How many."""
