"""Drill 32: nodes behind PgBouncer in session mode, while it is killed, or the database behind it crashes."""

import time

from tests.drills.behind import BehindPooler, begin, behind_pooler, fault, promised
from tests.drills.drill import Turn

AWAY = 0.5
"""Seconds that the fault lasts."""


def pooled(turn: Turn) -> None:
    """In turn the pooler and the database behind it, under load."""
    at = turn.ground.kept(behind_pooler)
    load = begin(turn, at.nodes)
    what = _kill_the_pooler if turn.number % 2 == 0 else _crash_the_database
    began, healed = fault(turn, load, lambda: what(turn, at))
    promised(turn, load, began, healed)


def _kill_the_pooler(turn: Turn, at: BehindPooler) -> None:
    at.pooler.kill()
    time.sleep(AWAY)  # the fault lasts
    at.pooler.start()


def _crash_the_database(turn: Turn, at: BehindPooler) -> None:
    turn.ground.postgres.crash()
    time.sleep(AWAY)  # the fault lasts
    turn.ground.postgres.start()
