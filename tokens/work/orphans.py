"""Deletes what names a client, a person or an authorization that is gone. It is void already: this only makes room.

Each kind is walked by its key, from the beginning to the end, over as many runs as that takes: where one stopped the
next goes on, in whichever process (`accounts.walks`). After the end a walk rests, until its pause is over. A row is
deleted only when it is older than the grace: who adds one while its parent is deleted, or in a store whose parts hear
of it late, has long finished by then.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from accounts import claims, walks
from tokens.stores import store
from tokens.stores.base.sweeping import Span, Sweeping
from tokens.work.turns import take_turns

BATCH = 1000
GRACE = timedelta(minutes=30)
PAUSE = timedelta(minutes=10)
"""From the beginning of a walk to that of the next, at least."""


def delete_orphans(
    *,
    batch: int = BATCH,
    grace: timedelta = GRACE,
    pause: timedelta = PAUSE,
    seconds: float = 30,
    go_on: Callable[[], bool] = lambda: True,
) -> Mapping[str, int]:
    """How many rows of each kind were deleted. Ends when no walk has more to do, after `seconds`, or when a batch may
    not `go_on`. The kinds take turns, a batch each."""
    sweeping = store().sweeping
    if sweeping is None:
        return {}
    places = walks.under_way([_walk(kind) for kind in sweeping.referring], pause)
    due = {kind: _Walk(kind, places[_walk(kind)], sweeping) for kind in sweeping.referring if _walk(kind) in places}
    take_turns({kind: partial(walk.step, batch, grace) for kind, walk in due.items()}, seconds, go_on)
    for walk in due.values():
        walk.note()
    return {kind: due[kind].deleted if kind in due else 0 for kind in sweeping.referring}


def lag() -> Mapping[str, float]:
    """For each kind since how many seconds an orphan may have been there: since the last walk that came by every row
    had begun. Infinite where none did."""
    sweeping = store().sweeping
    kinds = sweeping.referring if sweeping is not None else ()
    since = walks.lag([_walk(kind) for kind in kinds])
    return {kind: since[_walk(kind)] for kind in kinds}


class _Walk:
    """A walk over one kind, from its place on."""

    def __init__(self, kind: str, place: walks.Place, sweeping: Sweeping) -> None:
        self.kind = kind
        self.place = place
        self.sweeping = sweeping
        self.after = place.at
        self.deleted = 0
        self.at_end = False

    def step(self, batch: int, grace: timedelta) -> bool:
        span = Span(after=self.after, limit=batch)
        swept = self.sweeping.sweep_orphans(self.kind, span, grace, claims.without_account)
        self.deleted += swept.deleted
        self.after = swept.last or self.after
        self.at_end = swept.last is None
        return not self.at_end

    def note(self) -> None:
        """Where it came to. Another walk may have noted more meanwhile: then this one says nothing."""
        if self.at_end:
            walks.finish(self.place)
        elif self.after != self.place.at:
            walks.move(self.place, self.after)


def _walk(kind: str) -> str:
    return f"orphans {kind}"
