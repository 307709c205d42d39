"""Clean-up: deletes what expired, in small batches, while requests are served and other nodes do the same.

Each kind is walked in the order of the ends, and where a walk came to is remembered (`accounts.walks`): the next one
begins there, in whichever process, and does not look once more at what lies deleted before it. What came late, or was
held by somebody when the walk came by, is looked for once an hour, from the beginning (`whole`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from accounts import sessions, walks
from accounts.ground import clock
from accounts.ground.sweep import DeleteEnded, Sweep
from tokens.conf import conf
from tokens.stores import store
from tokens.stores.base.kinds import KINDS
from tokens.work.turns import take_turns

BATCH = 1000
NOTED = 50
"""Batches after which it is noted how far a walk came: where a process is killed, no more are looked at again."""


def delete_expired(
    *, whole: bool = False, batch: int = BATCH, seconds: float = 30, go_on: Callable[[], bool] = lambda: True
) -> Mapping[str, int]:
    """How many rows of each kind were deleted. Ends when nothing expired is left, after `seconds`, or when a batch may
    not `go_on`. The kinds take turns, a batch each.

    `whole`: from the beginning, and not from where the last walk ended.
    """
    deletes = _deletes()
    places = walks.places([_walk(kind) for kind in deletes])
    due = {kind: _Walk(places[_walk(kind)], delete, whole) for kind, delete in deletes.items()}
    take_turns({kind: partial(walk.step, batch) for kind, walk in due.items()}, seconds, go_on)
    for walk in due.values():
        walk.end()
    return {kind: walk.sweep.deleted for kind, walk in due.items()}


def lag() -> Mapping[str, float]:
    """For each kind for how many seconds its oldest row could have been deleted, of those that are not before the walk;
    0 where none could."""
    sweeping = store().sweeping
    after = _begins(_deletes())
    ours = sweeping.lag(timedelta(), after) if sweeping is not None else {}
    return {**{kind: _beyond(late, _grace(kind)) for kind, late in ours.items()}, **sessions.lag(after)}


class _Walk:
    """A walk over one kind, from its place on, or from the beginning."""

    def __init__(self, place: walks.Place, delete: DeleteEnded, whole: bool) -> None:
        self.place = place
        self.begin = _instant(place)
        self.sweep = Sweep(delete, None if whole else self.begin)
        self.whole = whole
        self.more = False
        self.batches = 0

    def step(self, batch: int) -> bool:
        self.more = self.sweep.step(batch)
        self.batches += 1
        if self.batches % NOTED == 0:
            self.note()
        return self.more

    def end(self) -> None:
        if self.whole and self.more:
            self.put_back()
        else:
            self.note()

    def note(self) -> None:
        """Where it came to, if that is further than it was known to be. Another walk may have noted more meanwhile:
        then this one says nothing."""
        came = self.sweep.after
        if came is not None and _is_before(self.begin, came) and walks.move(self.place, came.isoformat()):
            self.place, self.begin = replace(self.place, at=came.isoformat()), came

    def put_back(self) -> None:
        """It had no time to come to where others were before: they go on from here."""
        came, place = self.sweep.after, walks.places([self.place.name])[self.place.name]
        if came is not None and not _is_before(_instant(place), came):
            walks.move(place, came.isoformat())


def _begins(kinds: Collection[str]) -> Mapping[str, datetime]:
    """Where the next walk begins; without those that begin at the beginning."""
    places = walks.places([_walk(kind) for kind in kinds])
    begins = {kind: _instant(places[_walk(kind)]) for kind in kinds}
    return {kind: begin for kind, begin in begins.items() if begin is not None}


def _instant(place: walks.Place) -> datetime | None:
    """None where the walk is at the beginning, or came to what ends in the future: the database's clock was wrong
    then."""
    at = datetime.fromisoformat(place.at) if place.at else None
    return at if at is not None and at <= clock.now() else None


def _is_before(begin: datetime | None, came: datetime) -> bool:
    return begin is None or begin < came


def _walk(kind: str) -> str:
    return f"expired {kind}"


def _deletes() -> dict[str, DeleteEnded]:
    """What deletes a batch of each kind. A store whose rows end by themselves is not swept."""
    sweeping = store().sweeping
    if sweeping is None:
        return dict(sessions.sweeps())
    ours = {kind: partial(sweeping.delete_expired, kind, _grace(kind)) for kind in sweeping.expiring}
    return {**ours, **sessions.sweeps()}


def _grace(kind: str) -> timedelta:
    """So that a replay is told from an unknown value; nothing where nobody is told."""
    return timedelta(seconds=conf().cleanup_grace if KINDS[kind].told_after else 0)


def _beyond(late: timedelta, grace: timedelta) -> float:
    return max(timedelta(), late - grace).total_seconds()
