"""What a store deletes because it expired, or because what it names is gone."""

from collections.abc import Collection, Mapping
from typing import Literal, Protocol

from tokens.protocol.records import Referrer

Parent = Literal["client", "authorization"]


class Sweeping(Protocol):
    """Short transactions of their own, safe while requests and others like them run."""

    def delete_expired(self, kind: str, grace: float, limit: int) -> int:
        """Deletes up to `limit` rows of a kind of EXPIRING whose end lies more than `grace` seconds back by the store's
        own clock; how many."""

    def lag(self, grace: float) -> Mapping[str, float]:
        """For each kind of EXPIRING for how many seconds its oldest row could have been deleted; 0 where none could."""

    def referrers(self, kind: str, after: str, limit: int) -> list[Referrer]:
        """Up to `limit` rows of a kind of REFERRING whose key comes after that one, in the order of the keys."""

    def gone(self, parent: Parent, ids: Collection[str]) -> set[str]:
        """Those of the ids that name nothing."""

    def delete_orphans(self, kind: str, keys: Collection[str], grace: float) -> int:
        """Deletes those of the rows that were added over `grace` seconds ago by the store's own clock; how many."""
