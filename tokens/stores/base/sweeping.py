"""What a store deletes because it expired, or because what it names is gone. A store whose rows end by themselves has
no such part."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from accounts.ground.sweep import Ended

WithoutAccount = Callable[[Collection[str]], Collection[str]]
"""Those of some subjects that no account has. The store cannot know: people live elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Keys after `after`, up to and with `last`; None: to the end. `limit`: no more rows than that."""

    after: str = ""
    last: str | None = None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """`last`: the key of the last row that was looked at; None where there was none in the span."""

    deleted: int
    last: str | None


class Sweeping(Protocol):
    """Short transactions of their own, safe while requests and others like them run."""

    @property
    def expiring(self) -> Sequence[str]:
        """The kinds that `delete_expired` takes, parents last."""

    @property
    def referring(self) -> Sequence[str]:
        """The kinds that `sweep_orphans` takes, parents last."""

    def delete_expired(self, kind: str, grace: timedelta, limit: int, since: datetime | None = None) -> Ended:
        """Deletes up to `limit` rows of a kind whose end lies more than `grace` back by the store's own clock, the
        earliest ends first, of those that ended at `since` or later; None: of all."""

    def lag(self, grace: timedelta, begins: Mapping[str, datetime]) -> Mapping[str, timedelta]:
        """For each kind that expires for how long its oldest row could have been deleted; none where none could. Of a
        kind in `begins` only rows that ended then or later are looked at."""

    def sweep_orphans(self, kind: str, span: Span, grace: timedelta, without_account: WithoutAccount) -> Swept:
        """Deletes what names a client, an authorization or a person that is gone, of the rows of a kind that the span
        holds, in the order of their keys. What was added less than `grace` ago by the store's own clock stays: who
        adds it while its parent is deleted has not finished."""
