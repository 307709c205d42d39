"""What workers and beats did in a round: written into its history, and held to one run of a task in an interval."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from operator import attrgetter

from tests.drills.drill import Turn
from tests.drills.history import Event, Op, Outcome
from tests.drills.scheduled import Message, Scheduled

PATIENCE = 90.0
"""Seconds after which what did not happen never will."""
WORKED_TWICE = "SELECT task, slot FROM drill_work GROUP BY task, slot HAVING count(*) > 1"


@dataclass(frozen=True, slots=True)
class Run:
    """`started` and `finished` are seconds of the machine's clock."""

    task: str
    epoch: int
    slot: int
    started: float
    finished: float | None
    error: str

    @property
    def ended_well(self) -> bool:
        return self.finished is not None and not self.error


@dataclass(slots=True)
class Watch:
    turn: Turn
    at: Scheduled
    began: float

    def runs(self) -> list[Run]:
        told = self.turn.ground.admin.say("runs", self.began)
        return sorted((Run(*each) for each in told), key=attrgetter("epoch"))

    def messages(self) -> list[Message]:
        return self.at.messages(self.began)

    def until(self, true: Callable[[], object], bound: float, what: str) -> float:
        """Seconds until it was so; a violation where they are more than `bound`."""
        begun = time.monotonic()
        while not true():
            if time.monotonic() - begun > PATIENCE:
                self.turn.expect(False, f"never: {what}")
                break
            time.sleep(0.05)
        took = time.monotonic() - begun
        self.turn.expect_within(took, bound, f"{what}: {bound:.0f} s are allowed, it")
        return took

    def each_runs(self) -> None:
        """Until each task ended well that began after this moment."""
        now = time.time()
        self.until(lambda: self._ran(now) == self.at.tasks, PATIENCE, "each task runs")

    def _ran(self, since: float) -> set[str]:
        return {run.task for run in self.runs() if run.ended_well and run.started > since}

    def longest_pause(self) -> float:
        """Between two messages for a task. When it runs is up to the workers: they pass over what waited for longer
        than an interval, and so a machine that is busy passes over some tasks again and again."""
        sent = self.messages()
        times = [sorted(each.at for each in sent if each.task == task) for task in self.at.tasks]
        return max((b - a for each in times for a, b in pairwise(each)), default=inf)


@contextlib.contextmanager
def watch(turn: Turn) -> Iterator[Watch]:
    """While beats and workers go through a fault. Before it each task ran once."""
    watching = Watch(turn, turn.ground.scheduled, time.time())
    watching.until(watching.at.complete, PATIENCE, "one beat leads, one stands by")
    watching.each_runs()
    yield watching
    _expect_once(watching)
    _note(watching)


def _expect_once(watched: Watch) -> None:
    ended_well = Counter((run.task, run.slot) for run in watched.runs() if run.ended_well)
    twice = [each for each, count in ended_well.items() if count > 1]
    watched.turn.expect(not twice, f"ended well twice in an interval: {twice[:3]}")
    with watched.turn.ground.database() as database:
        rows = database.execute(WORKED_TWICE).fetchall()
    watched.turn.expect(not rows, f"was begun twice in an interval: {rows[:3]}")


def _note(watched: Watch) -> None:
    """A message asks; a run consumes its interval, with its epoch for a successor: rule R1 finds a second one."""
    monotonic = time.monotonic() - time.time()
    for sent in watched.messages():
        key, at = f"{sent.task} {sent.slot}", sent.at + monotonic
        watched.turn.history.add(Event(Op.ASK, key, key, at, at, Outcome.OK, place=f"beat {sent.pid}"))
    for run in watched.runs():
        key, outcome = f"{run.task} {run.slot}", Outcome.OK if run.ended_well else Outcome.UNKNOWN
        ended = run.finished if run.finished is not None else run.started
        times = (run.started + monotonic, ended + monotonic)
        watched.turn.history.add(Event(Op.CONSUME, key, key, *times, outcome, successor=str(run.epoch)))
