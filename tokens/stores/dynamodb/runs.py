"""Who does a scheduled task. Its lease is one item, which each claim changes by one conditional write, and which is
until 0 while nobody holds it; the item of a run only tells.

Nodes have clocks of their own. An interval is known by the instant that it began at, and is claimed after that which
was claimed before, never instead of it: of two clocks the one behind waits. What both may do at once, where a lease ran
out by the clock of one, is fenced by the number of the claim.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from accounts.ground.dynamodb.items import EXPIRES, Item, Value, instant, micros, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK, SK
from accounts.ground.dynamodb.unit import Condition, Place
from tokens.protocol.records import Run, RunLease, TaskReport
from tokens.stores.base.runs import CAME_TOO_LATE
from tokens.stores.dynamodb.ranges import between
from tokens.stores.dynamodb.records import ending

TABLE, LEASES = "runs", "lease"
EPOCH, INTERVAL, UNTIL, SLOT = "epoch", "interval", "until", "slot"
"""`interval`: when that began in which the lease was last claimed. `slot`: of a run, the number of its interval."""
STARTED, BEGUN, FINISHED, ROWS, FAILURES = "started", "begun", "finished", "rows", "failures"
"""When a run was claimed. Of a lease: when the last one that ended well had been, when it ended, and what it did."""
NODE, ERROR = "node", "error"
LONGEST = 255
"""Letters of a node's name, and of an error."""
SECOND = 1_000_000
NEWEST = "~"
"""After every number."""


class Runs:
    def __init__(self, state: State) -> None:
        self._state = state

    def claim(self, task: str, interval: timedelta, hold: timedelta, kept: timedelta, node: str) -> RunLease | None:
        self._state.refuse_units()
        now, held = self._state.clock(), self._state.get(_lease(task))
        slot, begun = _interval(now, interval)
        if held is not None and not _may_be_claimed(held, begun, now):
            return None
        lease = RunLease(task, _counted(held, EPOCH) + 1)
        sets: dict[str, Value] = {EPOCH: lease.epoch, INTERVAL: begun, UNTIL: micros(now + hold), STARTED: micros(now)}
        if not self._state.decide(_lease(task), _as_it_was(held), sets):
            return None
        told = {SLOT: slot, NODE: node[:LONGEST], STARTED: micros(now), **ending(now + kept)}
        self._state.add(_run(lease), told)
        return lease

    def hold(self, lease: RunLease, hold: timedelta) -> bool:
        if self._state.unit is not None and self._held(lease) is None:
            return False
        return self._state.decide(_lease(lease.task), _is_held(lease), {UNTIL: micros(self._state.clock() + hold)})

    def finish(self, lease: RunLease, rows: Mapping[str, int], error: str) -> bool:
        self._state.refuse_units()
        held, now = self._held(lease), self._state.clock()
        done: dict[str, Value] = {FINISHED: micros(now), ROWS: json.dumps(dict(rows))}
        outcome = {FAILURES: _counted(held, FAILURES) + 1} if error else {**done, BEGUN: _counted(held, STARTED)}
        ended: dict[str, Value] = {UNTIL: 0, **outcome}
        in_time = held is not None and self._state.decide(_lease(lease.task), _is_held(lease), ended)
        told = error if in_time else CAME_TOO_LATE
        unfinished: list[Condition] = [(PK, "there", None), (FINISHED, "absent", None)]
        self._state.decide(_run(lease), unfinished, {**done, ERROR: told[:LONGEST]})
        return in_time

    def tasks(self) -> list[TaskReport]:
        return [self._report(item) for item in self._state.of(TABLE, LEASES)]

    def of_task(self, task: str, limit: int, after: int | None = None) -> list[Run]:
        last = NEWEST if after is None else _numbered(after - 1)
        older = between(self._state, TABLE, _runs(task), "0", last, page=limit, descending=True)
        return [_told(task, item) for item in islice(older, limit)]

    def _held(self, lease: RunLease) -> Item | None:
        held = self._state.get(_lease(lease.task))
        is_so = held is not None and number(held, EPOCH) == lease.epoch and number(held, UNTIL) > 0
        return held if is_so else None

    def _report(self, lease: Item) -> TaskReport:
        """The last success is told by the lease: it is not forgotten with its run."""
        counted = TaskReport(task=str(lease[SK]), runs=number(lease, EPOCH), failures=_counted(lease, FAILURES))
        if BEGUN not in lease:
            return counted
        finished = number(lease, FINISHED)
        return replace(
            counted,
            success_age=max(0, micros(self._state.clock()) - finished) / SECOND,
            duration=(finished - number(lease, BEGUN)) / SECOND,
            rows=json.loads(str(lease[ROWS])),
        )


def _interval(now: datetime, interval: timedelta) -> tuple[int, int]:
    """Which of the intervals since 1970 it is, and when that began: to be compared with another one's begin, whatever
    their length was then."""
    length = interval // timedelta(microseconds=1)
    slot = micros(now) // length
    return slot, slot * length


def _may_be_claimed(lease: Item, begun: int, now: datetime) -> bool:
    until = number(lease, UNTIL)
    return until <= micros(now) if until else number(lease, INTERVAL) < begun


def _as_it_was(lease: Item | None) -> list[Condition]:
    return [(PK, "absent", None)] if lease is None else [(each, "=", lease[each]) for each in (EPOCH, UNTIL)]


def _is_held(lease: RunLease) -> list[Condition]:
    return [(EPOCH, "=", lease.epoch), (UNTIL, ">", 0)]


def _counted(lease: Item | None, name: str) -> int:
    """0, where nothing was yet."""
    return number(lease, name) if lease is not None and name in lease else 0


def _told(task: str, item: Item) -> Run:
    return Run(
        task=task,
        epoch=int(str(item[SK])),
        slot=number(item, SLOT),
        node=str(item[NODE]),
        started=instant(number(item, STARTED)),
        expires=instant(number(item, EXPIRES)),
        finished=instant(number(item, FINISHED)) if FINISHED in item else None,
        rows=json.loads(str(item.get(ROWS, "{}"))),
        error=str(item.get(ERROR, "")),
    )


def _lease(task: str) -> Place:
    return TABLE, LEASES, task


def _run(lease: RunLease) -> Place:
    return TABLE, _runs(lease.task), _numbered(lease.epoch)


def _runs(task: str) -> str:
    """A task's, in the order of their epochs."""
    return f"run:{task}"


def _numbered(epoch: int) -> str:
    return f"{epoch:020}"
