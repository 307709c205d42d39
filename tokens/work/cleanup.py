"""Clean-up: deletes what expired, in small batches, while requests are served and other nodes do the same."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from accounts import sessions
from tokens.conf import conf
from tokens.stores import store
from tokens.stores.base.kinds import KINDS

BATCH = 1000


def delete_expired(
    *, batch: int = BATCH, seconds: float = 30, go_on: Callable[[], bool] = lambda: True
) -> Mapping[str, int]:
    """How many rows of each kind were deleted. Ends when nothing expired is left, after `seconds`, or when a batch may
    not `go_on`.

    The kinds take turns, a batch each: one with a backlog must not keep the others from theirs.
    """
    end = time.monotonic() + seconds
    due = _sweeps()
    deleted = dict.fromkeys(due, 0)
    while due:
        for kind, sweep in list(due.items()):
            if time.monotonic() >= end or not go_on():
                return deleted
            count = sweep(batch)
            deleted[kind] += count
            if count < batch:
                del due[kind]
    return deleted


def lag() -> Mapping[str, float]:
    """For each kind for how many seconds its oldest row could have been deleted; 0 where none could."""
    sweeping = store().sweeping
    ours = sweeping.lag(timedelta()) if sweeping is not None else {}
    return {**{kind: _beyond(late, _grace(kind)) for kind, late in ours.items()}, **sessions.lag()}


def _sweeps() -> dict[str, Callable[[int], int]]:
    """What a batch of each kind deletes. A store whose rows end by themselves is not swept."""
    sweeping = store().sweeping
    people: dict[str, Callable[[int], int]] = {"session or throttle": sessions.delete_expired}
    if sweeping is None:
        return people
    return {**{kind: partial(sweeping.delete_expired, kind, _grace(kind)) for kind in sweeping.expiring}, **people}


def _grace(kind: str) -> timedelta:
    """So that a replay is told from an unknown value; nothing where nobody is told."""
    return timedelta(seconds=conf().cleanup_grace if KINDS[kind].told_after else 0)


def _beyond(late: timedelta, grace: timedelta) -> float:
    return max(timedelta(), late - grace).total_seconds()
