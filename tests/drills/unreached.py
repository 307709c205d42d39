"""Drill 22 where the store is on DynamoDB: a proxy before the server fails the calls, in turn in each way, or some of
them; then it lets all through."""

import time

from tests.drills.behind import BehindBetween, behind_between
from tests.drills.between import Fault
from tests.drills.database import AWAY, RECOVERY, WARM, last, still_alive
from tests.drills.drill import Turn
from tests.drills.ground import GRACE
from tests.drills.load import Load, judge

FAULTS = tuple(Fault)
SHARES = (1.0, 0.5)
"""Of the calls that fail: of few a request is done all the same, for it sends each again while it has time."""


def fail(turn: Turn) -> None:
    turn.grace = GRACE
    at: BehindBetween = turn.ground.kept(behind_between)
    fault, share = FAULTS[turn.number % len(FAULTS)], SHARES[turn.number // len(FAULTS) % len(SHARES)]
    with Load(turn, at.nodes) as load:
        time.sleep(WARM)  # load before the fault
        began = time.monotonic()
        at.between.fail(fault, share, turn.random)
        last(turn, began, AWAY)
        at.between.heal()
        healed = time.monotonic()
        time.sleep(RECOVERY + WARM)  # load after it
    judge(turn, load, began, healed, RECOVERY)
    still_alive(turn, began)
