"""Drill 22 where the store is on DynamoDB: a proxy before the server fails the calls, in turn in each way, or some of
them; then it lets all through."""

from tests.drills.behind import BehindBetween, behind_between
from tests.drills.between import Fault
from tests.drills.database import AWAY, last, under_load
from tests.drills.drill import Turn

FAULTS = tuple(Fault)
SHARES = (1.0, 0.5)
"""Of the calls that fail: of few a request is done all the same, for it sends each again while it has time."""


def fail(turn: Turn) -> None:
    at: BehindBetween = turn.ground.kept(behind_between)
    fault, share = FAULTS[turn.number % len(FAULTS)], SHARES[turn.number // len(FAULTS) % len(SHARES)]

    def unreached(began: float) -> None:
        at.between.fail(fault, share, turn.random)
        last(turn, began, AWAY)
        at.between.heal()

    under_load(turn, at.nodes, unreached)
